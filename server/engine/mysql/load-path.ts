import type { MysqlConnection } from './connection.ts';
import { openBatchSender } from './load-batch.ts';
import type { RowSender } from './load-chunk.ts';
import { openLocalSender } from './load-local.ts';
import type { LoadPlan } from './load-plan.ts';

/**
 * How rows get into a server, the fastest first: `bulk` COM_STMT_BULK_EXECUTE (MariaDB), `local-data` LOAD DATA LOCAL from
 * a stream, `insert` statements of several rows, which every server takes.
 */
export type LoadPath = 'bulk' | 'local-data' | 'insert';

/** The fastest that this server takes over connections like this one. */
export async function chooseLoadPath(connection: MysqlConnection): Promise<LoadPath> {
  if (connection.supportsBulk) return 'bulk';
  if (!connection.supportsLocalData) return 'insert';
  const [row] = await connection.query('SELECT @@local_infile AS allowed');
  return Number(row?.allowed) === 1 ? 'local-data' : 'insert';
}

/** `onTaken` hears of rows the server has accepted. The session must be pinned for loading. */
export function openRowSender(
  path: LoadPath,
  connection: MysqlConnection,
  plan: LoadPlan,
  onTaken: (rows: number, bytes: number) => void,
): Promise<RowSender> {
  if (path === 'local-data') return openLocalSender(connection, plan, onTaken);
  return openBatchSender(path, connection, plan, onTaken);
}
