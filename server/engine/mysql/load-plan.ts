import type { FragmentColumn } from '#server/manifest/schema.ts';
import { quoteIdentifier } from './identifier.ts';
import { columnType } from './protocol/column.ts';
import type { LoadColumn } from './protocol/load-column.ts';
import { StoredRows } from './protocol/stored-rows.ts';

/** How the rows of a fragment go into a table: which columns are written, under which statement. */
export interface LoadPlan {
  readonly rows: StoredRows;
  readonly columnCount: number;
  /** Rows of the past are among them, with their own period. */
  readonly history: boolean;
  /** INSERT with `rowCount` groups of parameters. */
  insertSql(rowCount: number): string;
}

const unsignedFlag = 0x20;
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
    history: columns.some((column) => column.declared.endsWith('ROW START')),
    insertSql: (rowCount) => into + Array.from({ length: rowCount }, () => group).join(', '),
  };
}

/** Sent as text: what the server would otherwise take for its own raw form, or refuse as bytes (JSON on MySQL). */
function loadColumn({ type, flags, declared }: FragmentColumn): LoadColumn {
  return {
    type,
    unsigned: (flags & unsignedFlag) !== 0,
    text: type === columnType.json || textTypes.test(declared),
  };
}
