import type { FragmentFile } from '#server/manifest/schema.ts';
import { type ColumnFacts, columnFacts } from '../canonical/column-facts.ts';

/** What a merge knows of a table: one definition, which the backup's rows and all its logged rows have. */
export interface MergeTable {
  readonly columns: readonly ColumnFacts[];
  /** The columns that tell rows apart, ascending; null: nothing does, and equal rows are counted. */
  readonly key: readonly number[] | null;
  /** The AUTO_INCREMENT column; null: there is none, or not one of whole numbers. */
  readonly counter: number | null;
  /** What columns have that an INSERT left out, as a canonical row. Needed from the first image of one that is not full. */
  readonly defaults: Buffer | null;
}

const notNullFlag = 0x1;
const counterFlag = 0x200;

/** The table of a fragment. Errors: `table/unsupported` for a column type that is not known. */
export function mergeTable(
  fragment: Pick<FragmentFile, 'columns' | 'indexes'>,
  defaults: Buffer | null = null,
): MergeTable {
  const columns = fragment.columns.map(columnFacts);
  const counter = fragment.columns.findIndex(({ flags }, n) => (flags & counterFlag) !== 0 && isWhole(columns[n]!));
  return { columns, key: mergeKey(fragment), counter: counter < 0 ? null : counter, defaults };
}

/**
 * The key that servers log rows by when images are not full: the primary one, else the first unique one whose columns
 * are whole and never NULL. Rows of the past share it with the row that came after them; the end of their period tells
 * them apart.
 */
function mergeKey({ columns, indexes }: Pick<FragmentFile, 'columns' | 'indexes'>): number[] | null {
  const placeOf = (name: string) => columns.findIndex((column) => column.name === name);
  const primary = indexes.find(({ name }) => name === 'PRIMARY');
  const unique = indexes.find(
    (index) =>
      index.unique &&
      index.kind === 'btree' &&
      index.columns.every(({ name, prefix }) => prefix === null && isNeverNull(columns[placeOf(name)])),
  );
  const chosen = primary ?? unique;
  if (!chosen) return null;
  const places = chosen.columns.map(({ name }) => placeOf(name));
  const periodEnd = columns.findIndex(({ declared }) => declared.endsWith('ROW END'));
  if (periodEnd >= 0) places.push(periodEnd);
  return [...new Set(places)].sort((a, b) => a - b);
}

function isWhole({ kind }: ColumnFacts): boolean {
  return ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'].includes(kind);
}

function isNeverNull(column: FragmentFile['columns'][number] | undefined): boolean {
  return column !== undefined && (column.flags & notNullFlag) !== 0;
}
