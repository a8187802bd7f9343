import { expect, test } from 'vitest';
import { jobName } from '#components/job/job-words.ts';

const job = { clusterName: 'bank', destinationName: 'local' };

test('a job is named by what it does, to which cluster, and what of it', () => {
  expect(jobName({ ...job, kind: 'backup', title: 'everything' })).toBe('Backup bank, everything');
  expect(jobName({ ...job, kind: 'restore', title: '4 tables' })).toBe('Restore bank, 4 tables');
  expect(jobName({ ...job, kind: 'probe-destination', title: 'x', clusterName: null })).toBe('Probe destination local');
});

test('a backup in a name is the end of its id', () => {
  expect(jobName({ ...job, kind: 'verify', title: 'backup 01kt5zq3m8w7v6x5y4z3a2b1c0' })).toBe(
    'Verify backup z3a2b1c0 of bank',
  );
});
