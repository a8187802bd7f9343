import { expect, test } from 'vitest';
import { cn } from '#components/ui/cn.ts';

test('a size and an ink on one element do not push each other out', () => {
  expect(cn('text-12 text-ink-3')).toBe('text-12 text-ink-3');
});

test('the later of two sizes, inks, radii or heights wins', () => {
  expect(cn('text-12', 'text-14')).toBe('text-14');
  expect(cn('text-ink', 'text-bad')).toBe('text-bad');
  expect(cn('rounded-2', 'rounded-3')).toBe('rounded-3');
  expect(cn('h-control', 'h-control-s')).toBe('h-control-s');
  expect(cn('shadow-1', 'shadow-2')).toBe('shadow-2');
});
