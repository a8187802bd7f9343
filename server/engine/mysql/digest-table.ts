import type { FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { RowDigest } from './digest.ts';
import { quoteIdentifier } from './identifier.ts';
import { pinReadSession } from './session.ts';

/**
 * Row count and digest of a table as it is now, read as a backup reads it: so they can be compared with what the backup
 * recorded for these columns. The session stays pinned for reading. Errors: those of the connection.
 */
export async function digestTable(
  connection: MysqlConnection,
  database: string,
  table: string,
  columns: readonly Pick<FragmentColumn, 'name' | 'declared'>[],
  options: { onRows?: (rows: number, bytes: number) => void } = {},
): Promise<{ rows: bigint; digest: string }> {
  await pinReadSession(connection);
  const names = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
  const history = columns.some(({ declared }) => declared.endsWith('ROW START')) ? ' FOR SYSTEM_TIME ALL' : '';
  const digest = new RowDigest();
  await connection.streamBinary(
    `SELECT ${names} FROM ${quoteIdentifier(database)}.${quoteIdentifier(table)}${history}`,
    (batch) => {
      digest.add(batch.buffer);
      options.onRows?.(batch.rows, batch.buffer.length);
    },
  );
  return { rows: digest.rows, digest: digest.hex };
}
