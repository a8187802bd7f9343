import { expect, test } from 'vitest';
import { emptyGentle, gentleOf } from './gentle-fields.ts';

test('what is left empty is not bounded, but for the age of a snapshot', () => {
  expect(gentleOf({ ...emptyGentle, age: '' })).toEqual({
    value: { maxBytesPerSecond: null, maxThreadsRunning: null, maxSnapshotAgeMs: 21_600_000, readFrom: 'primary' },
    wrong: {},
  });
});

test('what is typed is read with its unit', () => {
  const { value, wrong } = gentleOf({ rate: '50MiB', threads: ' 20 ', age: '90m', readFrom: 'replica' });
  expect(wrong).toEqual({});
  expect(value).toEqual({
    maxBytesPerSecond: 52_428_800,
    maxThreadsRunning: 20,
    maxSnapshotAgeMs: 5_400_000,
    readFrom: 'replica',
  });
});

test('what cannot be read, or is out of its range, is named by its field', () => {
  expect(Object.keys(gentleOf({ rate: '50', threads: '0', age: '8d', readFrom: 'primary' }).wrong)).toEqual([
    'rate',
    'threads',
    'age',
  ]);
  expect(gentleOf({ ...emptyGentle, rate: '1KiB' }).wrong.rate).toMatch(/64KiB or more/);
});
