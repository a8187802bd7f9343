import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { mariadbUsers } from '#lab/users.ts';

const mebibyte = 1_048_576;
const inMebibytes = (bytes: number): string => `${Math.round(bytes / mebibyte)}M`;

export interface BenchServer {
  server: MariadbServer;
  /** Ours has what the README grants; the peers' may do everything. Both come in at 127.0.0.1. */
  ours: { user: string; password: string };
  peer: { user: string; password: string };
}

/**
 * A MariaDB as one would run it: every commit waits for the disk, the binary log is on, the table fits in the buffer
 * pool. Statistics stand still, so that every dump of the same rows is cut into the same files.
 */
export async function startBenchServer(folder: string, sizeBytes: number): Promise<BenchServer> {
  const server = await startMariadb({
    folder: join(folder, 'server'),
    config: {
      innodb_buffer_pool_size: inMebibytes(Math.max(256 * mebibyte, sizeBytes * 1.5)),
      innodb_log_file_size: inMebibytes(Math.min(1024 * mebibyte, Math.max(96 * mebibyte, sizeBytes / 2))),
      innodb_flush_method: 'O_DIRECT',
      innodb_io_capacity: 4000,
      innodb_io_capacity_max: 8000,
      innodb_stats_auto_recalc: false,
      max_binlog_size: '256M',
      secure_file_priv: '',
    },
  });
  const secret = () => randomBytes(18).toString('base64url');
  const ours = { user: 'tidemark', password: secret() };
  const peer = { user: 'peer', password: secret() };
  await server.sql(mariadbUsers({ tidemark: ours.password, app: secret() }));
  await server.sql(`SET sql_log_bin = 0;
    CREATE USER ${peer.user}@'127.0.0.1' IDENTIFIED BY '${peer.password}';
    GRANT ALL ON *.* TO ${peer.user}@'127.0.0.1';`);
  return { server, ours, peer };
}
