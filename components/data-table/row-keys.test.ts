import { expect, test } from 'vitest';
import { nextRow } from '#components/data-table/row-keys.ts';

test('arrow keys stop at the ends and page keys never leave the list', () => {
  expect(nextRow('ArrowUp', 0, 20_000)).toBe(0);
  expect(nextRow('ArrowDown', 19_999, 20_000)).toBe(19_999);
  expect(nextRow('PageDown', 19_995, 20_000)).toBe(19_999);
  expect(nextRow('PageUp', 3, 20_000)).toBe(0);
  expect([nextRow('Home', 70, 100), nextRow('End', 70, 100)]).toEqual([0, 99]);
});

test('any other key is left to the browser', () => {
  expect(nextRow('Enter', 3, 10)).toBeUndefined();
});
