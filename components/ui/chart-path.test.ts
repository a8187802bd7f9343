import { expect, test } from 'vitest';
import { curvePaths, niceTop } from '#components/ui/chart-path.ts';

const box = { width: 100, height: 50 };

test('zero lies on the baseline and the top of the scale at the top', () => {
  expect(curvePaths([0, 10], { ...box, top: 10 }).line).toBe('M0 50L100 0');
});

test('a hole breaks the line instead of bridging it', () => {
  expect(curvePaths([10, 10, null, 10, 10], { ...box, top: 10 }).line).toBe('M0 0L25 0M75 0L100 0');
});

test('a curve that still grows leaves room at its right', () => {
  expect(curvePaths([10, 10], { ...box, top: 10, slots: 5 }).line).toBe('M0 0L25 0');
});

test('no samples, one sample and only zeros draw without a division by zero', () => {
  expect(curvePaths([], box)).toEqual({ line: '', area: '', top: 1 });
  expect(curvePaths([5], { ...box, top: 5 }).line).toBe('M0 0');
  expect(curvePaths([0, 0], box).line).toBe('M0 50L100 50');
});

test('the scale ends on a round number that is never below the largest value', () => {
  expect([0, 1, 14_200, 15_000, 69, 71, 0.02].map(niceTop)).toEqual([1, 1, 15_000, 15_000, 70, 100, 0.02]);
});
