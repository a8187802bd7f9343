import { expect, test } from 'vitest';
import { headState, toggleAll, toggleOne, toggleRange } from '#components/data-table/selection.ts';

const keys = ['a', 'b', 'c', 'd', 'e'];
const ticked = (selection: ReadonlySet<string>) => [...selection].sort().join('');

test('shift ticks everything from the row pressed last to this one, in either direction', () => {
  expect(ticked(toggleRange(new Set(['b']), keys, 'b', 'd'))).toBe('bcd');
  expect(ticked(toggleRange(new Set(['d']), keys, 'd', 'b'))).toBe('bcd');
});

test('shift on a ticked row unticks the span', () => {
  expect(ticked(toggleRange(new Set(keys), keys, 'b', 'd'))).toBe('ae');
});

test('shift without a row pressed before, or with one that left the list, ticks only this row', () => {
  expect(ticked(toggleRange(new Set(), keys, undefined, 'c'))).toBe('c');
  expect(ticked(toggleRange(new Set(), keys, 'gone', 'c'))).toBe('c');
});

test('rows that are not on the list stay as they were', () => {
  expect(ticked(toggleAll(new Set(['x']), keys))).toBe('abcdex');
  expect(ticked(toggleAll(new Set(['x', ...keys]), keys))).toBe('x');
});

test('the box in the header says all, some or none of the list', () => {
  expect(headState(new Set(), keys)).toBe(false);
  expect(headState(new Set(['x']), keys)).toBe(false);
  expect(headState(new Set(['a']), keys)).toBe('indeterminate');
  expect(headState(new Set(keys), keys)).toBe(true);
  expect(headState(new Set(keys), [])).toBe(false);
});

test('a selection is never changed in place', () => {
  const before = new Set(['a']);
  toggleOne(before, 'b');
  expect(ticked(before)).toBe('a');
});
