import type { FragmentDefinition } from './definition.ts';
import { columnType } from './protocol/column.ts';

/** The column types whose order in the key we can name values of, and how a value is written in SQL. */
export type KeyKind = 'integer' | 'decimal' | 'text' | 'bytes' | 'temporal';

export interface KeyColumn {
  readonly name: string;
  readonly kind: KeyKind;
}

export interface ChunkKey {
  readonly index: string;
  /** The longest run of leading columns we can bound by; never empty. */
  readonly columns: readonly KeyColumn[];
}

const notNullFlag = 1;
const binaryCharset = 63;

/**
 * The key a table is cut along: the one its rows lie by (primary, else a unique one without NULL). Null when there is
 * none that can be bounded exactly: prefixes of columns, descending parts, ENUM, SET, BIT, floats and the like.
 */
export function chooseChunkKey(definition: Pick<FragmentDefinition, 'indexes' | 'columns'>): ChunkKey | null {
  const columns = new Map(definition.columns.map((column) => [column.name, column]));
  const candidates = definition.indexes
    .filter((index) => index.unique && index.kind === 'btree' && !index.ignored)
    .filter((index) => index.columns.every(({ name }) => ((columns.get(name)?.flags ?? 0) & notNullFlag) !== 0))
    .sort((a, b) => Number(b.name === 'PRIMARY') - Number(a.name === 'PRIMARY'));
  // InnoDB lays rows by the first of these; any other would read them in random order.
  const [index] = candidates;
  if (!index) return null;
  const usable: KeyColumn[] = [];
  for (const part of index.columns) {
    const column = columns.get(part.name);
    const kind = column && keyKind(column);
    if (!kind || part.prefix !== null || part.descending) break;
    usable.push({ name: part.name, kind });
  }
  return usable.length === 0 ? null : { index: index.name, columns: usable };
}

const textTypes: readonly number[] = [columnType.varchar, columnType.varString, columnType.string];
const integerTypes: readonly number[] = [
  columnType.tiny,
  columnType.short,
  columnType.int24,
  columnType.long,
  columnType.longlong,
];
const temporalTypes: readonly number[] = [columnType.date, columnType.datetime, columnType.timestamp];
const setFlag = 0x800;

function keyKind(column: { type: number; flags: number; charset: number; declared: string }): KeyKind | null {
  const { type, flags, charset, declared } = column;
  if (/^enum\b/i.test(declared)) return null; // read by number, it looks like an integer
  if (integerTypes.includes(type)) return 'integer';
  if (type === columnType.newdecimal || type === columnType.decimal) return 'decimal';
  if (temporalTypes.includes(type)) return 'temporal';
  if (!textTypes.includes(type) || (flags & setFlag) !== 0) return null;
  if (!/^(var)?(char|binary)\b/i.test(declared)) return null;
  return charset === binaryCharset ? 'bytes' : 'text';
}
