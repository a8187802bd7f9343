import { TidemarkError } from '#server/base/error.ts';
import { bisect } from './bisect.ts';
import { type ChunkKey, chooseChunkKey, type KeyColumn } from './chunk-key.ts';
import type { FragmentDefinition } from './definition.ts';
import { quoteIdentifier } from './identifier.ts';
import type { SqlSession } from './sql-session.ts';

/** The rows of one chunk: what stands between FROM and the end of a SELECT. */
export interface ChunkRange {
  readonly from: string;
  /** About how many rows; 0 when nothing is known. */
  readonly rows: number;
}

export interface TableToCut {
  readonly database: string;
  readonly table: string;
  readonly definition: Pick<FragmentDefinition, 'indexes' | 'columns'>;
  /** What the server believes; both may be 0 or stale. */
  readonly estimatedRows: number;
  readonly dataBytes: number;
  /** Must be read by one statement: no key may cut it (tables outside the snapshot, rows of the past). */
  readonly whole?: string;
}

/** A span this much larger than wanted means that many rows share one leading key value. */
const unevenFactor = 2;

/**
 * Cuts a table into ranges of about `chunkBytes` of rows, even where keys are skewed: by halving an integer key along
 * the server's estimates (index dives only), else by walking the key in steps. Every row that is there or will be
 * lies in exactly one range: the first and the last are open-ended. A table without a usable key is one range.
 */
export async function planChunks(connection: SqlSession, table: TableToCut, chunkBytes: number): Promise<ChunkRange[]> {
  const name = `${quoteIdentifier(table.database)}.${quoteIdentifier(table.table)}`;
  const all: ChunkRange = { from: `${name}${table.whole ?? ''}`, rows: table.estimatedRows };
  if (table.whole !== undefined || table.dataBytes <= chunkBytes * 1.5) return [all];
  const key = chooseChunkKey(table.definition);
  if (!key) return [all];
  const from = `${name} FORCE INDEX (${quoteIdentifier(key.index)})`;
  const parts = Math.ceil(table.dataBytes / chunkBytes);
  const ranges = key.columns[0]!.kind === 'integer' ? await halveKey(connection, from, key, parts) : null;
  return ranges ?? (await walkKey(connection, from, table, key, parts));
}

/** Null when too many rows share a key value and the key has more columns to tell them apart. */
async function halveKey(
  connection: SqlSession,
  from: string,
  key: ChunkKey,
  parts: number,
): Promise<ChunkRange[] | null> {
  const column = quoteIdentifier(key.columns[0]!.name);
  const [ends] = await connection.query(
    `SELECT CAST(MIN(${column}) AS CHAR) AS low, CAST(MAX(${column}) AS CHAR) AS high FROM ${from}`,
  );
  if (ends?.low == null) return [{ from, rows: 0 }];
  const low = BigInt(String(ends.low));
  const high = BigInt(String(ends.high)) + 1n;
  const within = (a: bigint, b: bigint) => `${column} >= ${a} AND ${column} < ${b}`;
  const estimate = async (a: bigint, b: bigint) => {
    const [row] = await connection.query(`EXPLAIN SELECT 1 FROM ${from} WHERE ${within(a, b)}`);
    return Number(row?.rows ?? 0);
  };
  const spans = await bisect(low, high, parts, estimate);
  const total = spans.reduce((sum, span) => sum + span.rows, 0);
  const uneven = spans.some((span) => span.rows > (total / parts) * unevenFactor);
  if (uneven && key.columns.length > 1) return null;
  return spans.map((span, n) => ({
    from: withBounds(
      from,
      n === 0 ? '' : `${column} >= ${span.low}`,
      n === spans.length - 1 ? '' : `${column} < ${span.high}`,
    ),
    rows: span.rows,
  }));
}

/** Steps along the key, one index scan in all: every `step`-th key is a bound. */
async function walkKey(
  connection: SqlSession,
  from: string,
  table: TableToCut,
  key: ChunkKey,
  parts: number,
): Promise<ChunkRange[]> {
  const step = Math.max(1_000, Math.ceil(table.estimatedRows / parts));
  const charsets = await charsetsOf(connection, table, key);
  const names = key.columns.map(({ name }) => quoteIdentifier(name));
  const shown = key.columns.map(({ kind }, n) => `${shownAs(kind, names[n]!)} AS k${n}`).join(', ');
  const ranges: ChunkRange[] = [];
  for (let bound: string[] | null = null; ; ) {
    const after: string = bound ? ` WHERE ${fromBound(names, bound)}` : '';
    const [row] = await connection.query(
      `SELECT ${shown} FROM ${from}${after} ORDER BY ${names.join(', ')} LIMIT 1 OFFSET ${step}`,
    );
    const next: string[] | null = row
      ? key.columns.map((column, n) => literal(column, charsets[n]!, row[`k${n}`]))
      : null;
    const lower = bound ? fromBound(names, bound) : '';
    ranges.push({ from: withBounds(from, lower, next ? beforeBound(names, next) : ''), rows: step });
    if (!next) return ranges;
    bound = next;
  }
}

function withBounds(from: string, lower: string, upper: string): string {
  const bounds = [lower, upper].filter((bound) => bound !== '');
  return bounds.length === 0 ? from : `${from} WHERE ${bounds.map((bound) => `(${bound})`).join(' AND ')}`;
}

/** `(a, b) >= (x, y)` in a form that the optimizer reads as a range of the index. */
function fromBound(names: readonly string[], bound: readonly string[]): string {
  return compareKey(names, bound, '>', '>=');
}

function beforeBound(names: readonly string[], bound: readonly string[]): string {
  return compareKey(names, bound, '<', '<');
}

function compareKey(names: readonly string[], bound: readonly string[], strict: string, last: string): string {
  const [name, ...names2] = names;
  const [value, ...bound2] = bound;
  if (names2.length === 0) return `${name} ${last} ${value}`;
  const rest = compareKey(names2, bound2, strict, last);
  return `${name} ${strict}= ${value} AND (${name} ${strict} ${value} OR (${rest}))`;
}

function shownAs(kind: KeyColumn['kind'], name: string): string {
  return kind === 'text' || kind === 'bytes' ? `HEX(${name})` : `CAST(${name} AS CHAR)`;
}

async function charsetsOf(connection: SqlSession, table: TableToCut, key: ChunkKey): Promise<(string | null)[]> {
  const rows = await connection.query(
    `SELECT COLUMN_NAME AS name, CHARACTER_SET_NAME AS charset FROM information_schema.COLUMNS
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [table.database, table.table],
  );
  const found = new Map(rows.map((row) => [String(row.name), row.charset === null ? null : String(row.charset)]));
  return key.columns.map(({ name }) => found.get(name) ?? null);
}

const literalShapes: Readonly<Record<KeyColumn['kind'], RegExp>> = {
  integer: /^-?\d+$/,
  decimal: /^-?\d+(\.\d+)?$/,
  temporal: /^[-\d :.]+$/,
  text: /^([0-9A-F]{2})*$/,
  bytes: /^([0-9A-F]{2})*$/,
};

/** A key value in SQL: digits, or hexadecimal with the column's own character set so that its collation decides. */
function literal(column: KeyColumn, charset: string | null, value: unknown): string {
  const text = String(value);
  if (!literalShapes[column.kind].test(text)) {
    throw new TidemarkError('internal/unexpected', `a value of key column ${column.name} is no ${column.kind}`);
  }
  if (column.kind === 'text') return `_${/^\w+$/.test(charset ?? '') ? charset : 'binary'} X'${text}'`;
  if (column.kind === 'bytes') return `X'${text}'`;
  return column.kind === 'temporal' ? `'${text}'` : text;
}
