import { expect, test } from 'vitest';
import { fittingSpan, pinsOf } from '#components/restore/timeline-pins.ts';

const to = new Date('2026-11-20T12:00:00Z');
const from = new Date('2026-11-19T12:00:00Z');
const before = (hours: number) => ({ at: new Date(to.getTime() - hours * 3_600_000) });

test('pins that would touch merge, the newest of them first', () => {
  const [near, nearer] = [before(12.1), before(12)];
  expect(pinsOf([nearer, near, before(2)], from, to).map(({ items }) => items.length)).toEqual([2, 1]);
  expect(pinsOf([near, nearer], from, to)[0]!.items[0]).toBe(nearer);
});

test('what lies outside the axis is not drawn at its edge', () => {
  expect(pinsOf([before(25)], from, to)).toEqual([]);
});

test('the axis is as short as it can be and still show two points', () => {
  expect(fittingSpan([before(1), before(30)], to)).toBe('7d');
  expect(fittingSpan([before(1)], to)).toBe('1d');
  expect(fittingSpan([before(24 * 300)], to)).toBe('90d');
});
