import { expect, test } from 'vitest';
import { isTouched } from '#components/trpc/touched.ts';

test('progress of a job asks again for that job and the lists, not for other jobs and not for counts', () => {
  const progress = [{ about: 'job', id: 'a', what: 'progress' }] as const;
  expect(isTouched('job.show', 'a', progress)).toBe(true);
  expect(isTouched('job.tables', 'b', progress)).toBe(false);
  expect(isTouched('job.list', undefined, progress)).toBe(true);
  expect(isTouched('job.counts', undefined, progress)).toBe(false);
  expect(isTouched('job.counts', undefined, [{ about: 'job', id: 'a', what: 'state' }])).toBe(true);
});

test('a published backup changes what lists, clusters and the overview say', () => {
  const backup = [{ about: 'backup', id: 'b' }] as const;
  for (const procedure of ['backup.list', 'backup.show', 'cluster.show', 'table.search', 'overview.summary']) {
    expect(isTouched(procedure, undefined, backup)).toBe(true);
  }
  expect(isTouched('people.list', undefined, backup)).toBe(false);
});

test('how far a log archive is asks again for archives, and not once a second for everything else', () => {
  const status = [{ about: 'archive', id: 'c', what: 'status' }] as const;
  expect(isTouched('archive.status', undefined, status)).toBe(true);
  expect(isTouched('cluster.show', undefined, status)).toBe(false);
});

test('resync asks for everything', () => {
  expect(isTouched('audit.list', undefined, [{ about: 'resync' }])).toBe(true);
});
