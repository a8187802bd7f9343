import { expect, test } from 'vitest';
import { bisect } from './bisect.ts';

const counter = (keys: bigint[]) => async (low: bigint, high: bigint) =>
  keys.filter((key) => key >= low && key < high).length;

test('a few far keys do not push every row into one span', async () => {
  const keys = Array.from({ length: 4_000 }, (_, n) => BigInt(n)).concat([2n ** 62n, 2n ** 63n - 2n]);
  const spans = await bisect(0n, 2n ** 63n - 1n, 8, counter(keys));
  expect(spans.length).toBeGreaterThanOrEqual(7);
  expect(Math.max(...spans.map((span) => span.rows))).toBeLessThanOrEqual(575);
});

test('spans follow each other without a gap or an overlap, from the first key to the last', async () => {
  const keys = Array.from({ length: 300 }, (_, n) => BigInt(n * n * n) - 1_000n);
  const spans = await bisect(-1_000n, 27_000_000n, 15, counter(keys));
  expect(spans[0]!.low).toBe(-1_000n);
  expect(spans.at(-1)!.high).toBe(27_000_000n);
  for (let n = 1; n < spans.length; n++) expect(spans[n]!.low).toBe(spans[n - 1]!.high);
  expect(spans.reduce((sum, span) => sum + span.rows, 0)).toBe(300);
});

test('one key with more rows than wanted stays one span, and the halving ends', async () => {
  const keys = Array.from({ length: 1_000 }, () => 7n);
  const spans = await bisect(0n, 100n, 100, counter(keys));
  expect(spans.find((span) => span.low <= 7n && span.high > 7n)!.rows).toBe(1_000);
});
