import { expect, test } from 'vitest';
import type { ChangeBucket } from '#server/contract/changes.ts';
import { barsOf, countWords, stepBar } from './histogram-bars.ts';

const start = Date.parse('2026-11-20T00:00:00Z');
const minute = 60_000;
const bucket = (at: number, deletes: number): ChangeBucket => ({
  ...{
    at: new Date(start + at * minute).toISOString(),
    inserts: 1,
    updates: 2,
    deletes,
    transactions: 1,
    statements: 0,
  },
});
const span = { fromMs: start, toMs: start + 400 * minute, bucketMs: minute, most: 400 };

test('where there is room for fewer bars than buckets, neighbours are one, and nothing is lost', () => {
  const buckets = Array.from({ length: 400 }, (_, at) => bucket(at, at));
  for (const most of [400, 399, 110, 7]) {
    const { bars, barMs } = barsOf(buckets, { ...span, most });
    expect(bars.length).toBeLessThanOrEqual(most);
    expect(barMs % minute).toBe(0);
    expect(bars.reduce((sum, { deletes }) => sum + deletes, 0)).toBe((399 * 400) / 2);
    expect(bars.every(({ left, width }) => left >= 0 && left + width <= 100.000001)).toBe(true);
  }
});

test('the bar that stands out is named, and of bars that are alike none', () => {
  const quiet = [bucket(1, 3), bucket(2, 4), bucket(9, 2)];
  expect(barsOf(quiet, span).peak).toBeNull();
  expect(barsOf([...quiet, bucket(41, 48_211)], span).peak).toMatchObject({
    deletes: 48_211,
    fromMs: start + 41 * minute,
  });
  expect(barsOf([...quiet, bucket(41, 48_211)], span).top).toBe(50_000);
  expect(barsOf([], span)).toMatchObject({ bars: [], peak: null, top: 1 });
});

test('arrow keys go from bar to bar and stay at the ends', () => {
  const { bars } = barsOf([bucket(1, 1), bucket(5, 1), bucket(9, 1)], span);
  expect(stepBar(bars, null, 1)).toBe(bars[0]);
  expect(stepBar(bars, null, -1)).toBe(bars[2]);
  expect(stepBar(bars, bars[0]!, 1)).toBe(bars[1]);
  expect(stepBar(bars, bars[2]!, 10)).toBe(bars[2]);
  expect(stepBar(bars, bars[1]!, -10)).toBe(bars[0]);
  expect(stepBar([], null, 1)).toBeNull();
});

test('counts are told by kind, and none is said as that', () => {
  expect(countWords({ inserts: 1, updates: 0, deletes: 4 }, String)).toBe('+1 −4');
  expect(countWords({ inserts: 0, updates: 7, deletes: 0 }, String)).toBe('±7');
  expect(countWords({ inserts: 0, updates: 0, deletes: 0 }, String)).toBe('no rows');
});
