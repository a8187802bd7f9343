import { expect, test } from 'vitest';
import { formatSize } from './units.ts';

test('a size is said in the largest unit that leaves one or more, with three digits at most', () => {
  expect([0, 1, 1023, 1024, 994_179, 1_566_467, 268_435_456].map(formatSize)).toEqual([
    '0B',
    '1B',
    '1023B',
    '1KiB',
    '971KiB',
    '1.49MiB',
    '256MiB',
  ]);
});
