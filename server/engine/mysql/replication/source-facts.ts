import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import { measureSkew } from '#server/engine/checks/clock-skew.ts';
import type { MysqlConnection } from '../connection.ts';

/** Who writes a log, and which of its files are there. */
export interface SourceFacts {
  readonly serverId: number;
  /** MySQL's; MariaDB has none. */
  readonly serverUuid: string | null;
  readonly version: string;
  /** Oldest first; the last is being written. */
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  /** How far the server's clock is ahead of ours, in milliseconds, as far as the time a question takes tells. */
  readonly clockSkewMs: number;
}

/** Errors: `node/unsupported` where no log is written, `node/missing-privilege` without BINLOG MONITOR. */
export async function readSourceFacts(connection: MysqlConnection, clock: Clock): Promise<SourceFacts> {
  const rows = await connection.query(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'server_uuid', 'log_bin')",
  );
  const variables = new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
  if (variables.get('log_bin') !== 'ON') {
    throw new TidemarkError('node/unsupported', `node ${connection.node} writes no binary log`, {
      hint: 'Set log_bin and restart the server.',
    });
  }
  const { skewMs } = await measureSkew(async () => {
    const [row] = await connection.query('SELECT UNIX_TIMESTAMP(NOW(6)) * 1000 AS ms');
    return Number(row!.ms);
  }, clock);
  const files = await connection.query('SHOW BINARY LOGS');
  return {
    serverId: Number(variables.get('server_id')),
    serverUuid: variables.get('server_uuid') ?? null,
    version: connection.serverVersion,
    files: files.map((row) => ({ name: String(row.Log_name), bytes: Number(row.File_size) })),
    clockSkewMs: skewMs,
  };
}
