import { columnFormat, type FragmentColumn } from '#server/manifest/schema.ts';
import { keepsHistory } from './history.ts';
import { quoteIdentifier } from './identifier.ts';
import { columnType } from './protocol/column.ts';
import type { LoadColumn } from './protocol/load-column.ts';
import { localRowsClauses } from './protocol/local-rows.ts';
import { StoredRows } from './protocol/stored-rows.ts';

/** How the rows of a fragment go into a table: which columns are written, under which statement. */
export interface LoadPlan {
  readonly rows: StoredRows;
  readonly columnCount: number;
  /** Rows of the past are among them, with their own period. */
  readonly history: boolean;
  /** INSERT with `rowCount` groups of parameters. */
  insertSql(rowCount: number): string;
  /** LOAD DATA LOCAL that reads what `encodeLocalRows` writes. */
  readonly localSql: string;
}

const unsignedFlag = 0x20;
const autoIncrementFlag = 0x200;
const textTypes = /^(uuid|inet6|inet4)\b/i;

/** Every column is named, so that invisible ones are written and generated ones are not. */
export function planLoad(database: string, table: string, columns: readonly FragmentColumn[]): LoadPlan {
  const written = columns.map((_, n) => n).filter((n) => !columns[n]!.generated);
  const names = written.map((n) => quoteIdentifier(columns[n]!.name)).join(', ');
  const group = `(${written.map(() => '?').join(', ')})`;
  const into = `INSERT INTO ${quoteIdentifier(database)}.${quoteIdentifier(table)} (${names}) VALUES `;
  return {
    rows: new StoredRows(columns.map(loadColumn), written),
    columnCount: written.length,
    history: keepsHistory(columns),
    localSql: localSql(database, table, columns, written),
    insertSql: (rowCount) => into + Array.from({ length: rowCount }, () => group).join(', '),
  };
}

/** The stream holds bytes; what a column would not take from them in the right way goes through a variable. */
function localSql(
  database: string,
  table: string,
  columns: readonly FragmentColumn[],
  written: readonly number[],
): string {
  const targets: string[] = [];
  const values: string[] = [];
  for (const n of written) {
    const name = quoteIdentifier(columns[n]!.name);
    const variable = `@tidemark_${n}`;
    const value = localValue(columns[n]!, variable);
    targets.push(value === null ? name : variable);
    if (value !== null) values.push(`${name} = ${value}`);
  }
  const into = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  const set = values.length === 0 ? '' : ` SET ${values.join(', ')}`;
  return `LOAD DATA LOCAL INFILE 'rows' INTO TABLE ${into} ${localRowsClauses} (${targets.join(', ')})${set}`;
}

/** What a column is set to; null where it takes the stream's bytes as they are. */
function localValue(column: FragmentColumn, variable: string): string | null {
  const load = loadColumn(column);
  if (load.text) return `CONVERT(${variable} USING utf8mb4)`;
  // A member's number as text would be looked for among the members' names first.
  if (column.format === columnFormat.enumNumber) return `CAST(${variable} AS UNSIGNED)`;
  // 0 read straight into it becomes the next number, whatever the sql_mode says.
  return (column.flags & autoIncrementFlag) === 0 ? null : variable;
}

/** Sent as text: what the server would otherwise take for its own raw form, or refuse as bytes (JSON on MySQL). */
function loadColumn({ type, flags, declared }: FragmentColumn): LoadColumn {
  return {
    type,
    unsigned: (flags & unsignedFlag) !== 0,
    text: type === columnType.json || textTypes.test(declared),
  };
}
