import type { Column, Sort, Sortable } from './column.ts';

const words = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** What pressing a header asks for: first ascending (numbers: the largest first), then the other way, then none. */
export function nextSort(current: Sort | undefined, key: string, numbers: boolean): Sort | undefined {
  const first = numbers ? 'desc' : 'asc';
  if (current?.key !== key) return { key, direction: first };
  return current.direction === first ? { key, direction: first === 'asc' ? 'desc' : 'asc' } : undefined;
}

/** A sorted copy; rows without a value stay last in both directions, equal rows keep their order. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  sort: Sort | undefined,
): readonly Row[] {
  const by = columns.find((column) => column.key === sort?.key)?.sortBy;
  if (!sort || !by) return rows;
  const sign = sort.direction === 'asc' ? 1 : -1;
  return rows
    .map((row) => ({ row, value: by(row) }))
    .sort((a, b) => {
      const missing = Number(isMissing(a.value)) - Number(isMissing(b.value));
      return missing !== 0 ? missing : sign * compare(a.value, b.value);
    })
    .map(({ row }) => row);
}

function compare(a: Sortable, b: Sortable): number {
  if (isMissing(a) || isMissing(b)) return 0;
  if (typeof a === 'string' || typeof b === 'string') return words.compare(String(a), String(b));
  return a! < b! ? -1 : a! > b! ? 1 : 0;
}

function isMissing(value: Sortable): boolean {
  return value === null || value === undefined || (typeof value === 'number' && Number.isNaN(value));
}
