import type { FragmentColumn } from '#server/manifest/schema.ts';
import { selectList } from './column-format.ts';
import type { MysqlConnection } from './connection.ts';
import { RowDigest } from './digest.ts';
import { quoteTable } from './foreign-keys.ts';
import { allRowsClause } from './history.ts';
import { pinReadSession } from './session.ts';

/**
 * Row count and digest of a table as it is now, read as a backup reads it: so they can be compared with what the backup
 * recorded for these columns. The session stays pinned for reading. Errors: those of the connection.
 */
export async function digestTable(...of: Parameters<typeof digestRows>): ReturnType<typeof digestRows> {
  await pinReadSession(of[0]);
  return digestRows(...of);
}

/** The same over a session that is pinned for reading; several may be asked for at once. */
export async function digestRows(
  connection: MysqlConnection,
  database: string,
  table: string,
  columns: readonly Pick<FragmentColumn, 'name' | 'declared' | 'format'>[],
  options: { onRows?: (rows: number, bytes: number) => void } = {},
): Promise<{ rows: bigint; digest: string }> {
  const digest = new RowDigest();
  await connection.streamBinary(
    `SELECT ${selectList(columns)} FROM ${quoteTable({ database, table })}${allRowsClause(columns)}`,
    (batch) => {
      digest.add(batch.buffer);
      options.onRows?.(batch.rows, batch.buffer.length);
    },
  );
  return { rows: digest.rows, digest: digest.hex };
}
