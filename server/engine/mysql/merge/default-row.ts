import { TidemarkError } from '#server/base/error.ts';
import type { FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from '../connection.ts';
import { rowsSql } from '../definition-columns.ts';
import { quoteTable, type TableAt } from '../foreign-keys.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import { pinLoadSession } from '../session.ts';

/**
 * What a row gets in columns that an INSERT does not name, as a canonical row of these columns. The server is asked by
 * an INSERT that names none and is taken back: the table must be empty and nobody else's, and its next AUTO_INCREMENT
 * value has gone up. What is not the same for every row (counters, moments, expressions) is always logged, so it is of
 * no matter here. The session stays pinned for loading, with autocommit
 * on. Errors: those of the connection.
 */
export async function readDefaultRow(
  connection: MysqlConnection,
  at: TableAt,
  columns: readonly FragmentColumn[],
): Promise<Buffer> {
  await pinLoadSession(connection);
  const rows: Buffer[] = [];
  try {
    await connection.execute(`INSERT INTO ${quoteTable(at)} () VALUES ()`);
    await connection.streamBinary(rowsSql(at, columns), ({ buffer }) => {
      rows.push(Buffer.from(buffer.subarray(rowFrameHeaderBytes)));
    });
  } finally {
    // The rows of an engine without transactions stay after a rollback.
    if (!connection.failure) {
      await connection.execute('ROLLBACK');
      await connection.execute(`DELETE FROM ${quoteTable(at)}`);
      await connection.execute('SET SESSION autocommit = 1');
    }
  }
  const [row] = rows;
  if (row && rows.length === 1 && row.length > 0) return row;
  throw new TidemarkError(
    'internal/unexpected',
    `table ${at.database}.${at.table} was not empty when asked for its defaults`,
  );
}
