import { expect, test } from 'vitest';
import { formatAge, formatAgo, formatDuration, formatEstimate, shortSpan } from '#components/format/duration.ts';

test('a duration shows its two largest units and drops an empty one', () => {
  const shown = [0, 20, 400, 949, 950, 12_000, 59_600, 104_000, 180_000, 43_440_000, 7_200_000, 273_600_000];
  expect(shown.map(formatDuration)).toEqual([
    '0 s',
    '0.1 s',
    '0.4 s',
    '0.9 s',
    '1 s',
    '12 s',
    '1 min',
    '1 m 44 s',
    '3 min',
    '12 h 4 m',
    '2 h',
    '3 d 4 h',
  ]);
});

test('rounding carries into the next unit instead of writing 60 s or 60 m', () => {
  expect(formatDuration(3_599_600)).toBe('1 h');
  expect(formatDuration(86_399_000)).toBe('1 d');
});

test('a negative duration has a minus sign and what is no number a dash', () => {
  expect(formatDuration(-1_500)).toBe('−2 s');
  expect(formatDuration(Number.NaN)).toBe('–');
});

test('an age is one unit and is never rounded up', () => {
  const hour = 3_600_000;
  expect([999, 59_999, 39 * 60_000, 31 * hour, 47.9 * hour, 48 * hour, 16.9 * 24 * hour].map(formatAge)).toEqual([
    '0 s',
    '59 s',
    '39 min',
    '31 h',
    '47 h',
    '2 d',
    '16 d',
  ]);
});

test('relative time knows before, after and now', () => {
  const now = new Date('2026-11-20T08:18:41Z');
  expect(formatAgo(new Date('2026-11-19T23:18:41Z'), now)).toBe('9 h ago');
  expect(formatAgo(new Date('2026-11-20T08:24:00Z'), now)).toBe('in 5 min');
  expect(formatAgo(new Date('2026-11-20T08:18:41.900Z'), now)).toBe('just now');
  expect(formatAgo(new Date(Number.NaN), now)).toBe('–');
});

test('an estimate is a range in one unit that never promises too much', () => {
  expect(formatEstimate(40_000, 70_000)).toBe('40–70 s');
  expect(formatEstimate(361_000, 479_000)).toBe('6–8 min');
  expect(formatEstimate(70_000, 40_000)).toBe('40–70 s');
  expect(formatEstimate(12_000, 12_000)).toBe('12 s');
});

test('a short span is told in milliseconds below a second', () => {
  expect([0, 11.6, 999, 1_000, 104_000].map(shortSpan)).toEqual(['0 ms', '12 ms', '999 ms', '1 s', '1 m 44 s']);
});
