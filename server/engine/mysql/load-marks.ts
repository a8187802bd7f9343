import type { MysqlConnection } from './connection.ts';
import { catalogText } from './definition-text.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';

/**
 * How far a table has been loaded, kept on the same server in a table of its own and committed with the rows themselves:
 * per chunk the rows that are there. Rows of a chunk have one order, so this is enough to go on, also without a key.
 * One more row holds what the table was like before its first row.
 */
export interface LoadMarks {
  /** By the chunk's place in the fragment: rows of it that are in the table. */
  readonly there: ReadonlyMap<number, number>;
  /** Says that `rows` rows of a chunk are there; goes into their transaction. */
  statement(ordinal: number, rows: number): string;
}

/** A staged table that its marks tell of: where it is, and what it was like empty. */
export interface MarkedTable {
  at: TableAt;
  baseline: string;
  marks: LoadMarks;
}

/** The chunk of the row that holds the definition, and the form of the table. */
const baselineRow = -1;
const form = 1;

/** Makes the table, with nothing loaded yet. Committed when this resolves. Errors: those of the connection. */
export async function createMarks(connection: MysqlConnection, at: TableAt, baseline: string): Promise<LoadMarks> {
  const table = quoteTable(at);
  await connection.execute(
    `CREATE TABLE ${table} (chunk INT NOT NULL PRIMARY KEY, row_count BIGINT NOT NULL, baseline LONGBLOB)
       ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`,
  );
  await connection.execute(`INSERT INTO ${table} VALUES (?, ?, ?)`, [baselineRow, form, baseline]);
  return marksIn(at, new Map());
}

/** Null where there are none that we can read. Errors: those of the connection. */
export async function readMarks(
  connection: MysqlConnection,
  at: TableAt,
): Promise<{ marks: LoadMarks; baseline: string } | null> {
  const rows = await connection.query(
    `SELECT chunk, row_count AS n, CONVERT(baseline USING utf8mb4) AS baseline FROM ${quoteTable(at)}`,
  );
  const head = rows.find((row) => Number(row.chunk) === baselineRow);
  if (!head || Number(head.n) !== form) return null;
  const there = rows.filter((row) => row !== head).map((row) => [Number(row.chunk), Number(row.n)] as const);
  return { marks: marksIn(at, new Map(there)), baseline: catalogText(head.baseline) };
}

function marksIn(at: TableAt, there: ReadonlyMap<number, number>): LoadMarks {
  const table = quoteTable(at);
  return { there, statement: (ordinal, rows) => `REPLACE INTO ${table} VALUES (${ordinal}, ${rows}, NULL)` };
}
