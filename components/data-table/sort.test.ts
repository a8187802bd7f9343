import { expect, test } from 'vitest';
import { nextSort, sortRows } from '#components/data-table/sort.ts';

const columns = [{ key: 'name', header: 'Name', cell: () => null, sortBy: (row: Row) => row.value }];
interface Row {
  id: number;
  value: string | number | bigint | Date | null;
}

function order(direction: 'asc' | 'desc', ...values: Row['value'][]): number[] {
  const rows = values.map((value, id) => ({ id, value }));
  return sortRows(rows, columns, { key: 'name', direction }).map(({ id }) => id);
}

test('names count as people count, whatever their case', () => {
  expect(order('asc', 'shard_10', 'Shard_2', 'shard_1')).toEqual([2, 1, 0]);
});

test('rows without a value stay last in both directions', () => {
  expect(order('asc', null, 2, 1)).toEqual([2, 1, 0]);
  expect(order('desc', null, 2, 1)).toEqual([1, 2, 0]);
  expect(order('desc', Number.NaN, 1)).toEqual([1, 0]);
});

test('equal rows keep their order, and big numbers compare exactly', () => {
  expect(order('asc', 'a', 'A', 'a')).toEqual([0, 1, 2]);
  expect(order('desc', 9_007_199_254_740_993n, 9_007_199_254_740_994n)).toEqual([1, 0]);
});

test('without a sort the given order stands', () => {
  const rows = [{ id: 0, value: 2 }];
  expect(sortRows(rows, columns, undefined)).toBe(rows);
});

test('pressing a header three times comes back to the given order; numbers begin with the largest', () => {
  const once = nextSort(undefined, 'name', false);
  const twice = nextSort(once, 'name', false);
  expect([once?.direction, twice?.direction, nextSort(twice, 'name', false)]).toEqual(['asc', 'desc', undefined]);
  expect(nextSort(undefined, 'rows', true)).toEqual({ key: 'rows', direction: 'desc' });
  expect(nextSort(twice, 'rows', true)).toEqual({ key: 'rows', direction: 'desc' });
});
