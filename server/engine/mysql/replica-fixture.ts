import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MariadbConfig, type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { tidemarkPrivileges } from '#lab/users.ts';
import type { MysqlAccess } from '#server/engine/access.ts';

/** For tests: a primary and a replica of it that has everything. */
export interface ReplicaFixture {
  readonly folder: string;
  readonly primary: MariadbServer;
  readonly replica: MariadbServer;
  /** Both as one node: the login is the primary's, and is there on the replica too. */
  readonly primaryAccess: MysqlAccess;
  readonly replicaAccess: MysqlAccess;
  stop(): Promise<void>;
}

const login = { user: 'reader', password: 'reader' };

export async function startReplicaFixture(node: string, config: MariadbConfig = {}): Promise<ReplicaFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-replica-'));
  const start = (name: string, serverId: number, own: MariadbConfig) =>
    startMariadb({ folder: join(folder, name), ephemeral: true, serverId, config: own });
  const [primary, replica] = await Promise.all([
    start('primary', 11, {}),
    start('replica', 12, { read_only: true, ...config }),
  ]);
  await primary.sql(
    `GRANT ${[...tidemarkPrivileges, 'REPLICA MONITOR'].join(', ')} ON *.* TO ${login.user}@'127.0.0.1' IDENTIFIED BY '${login.password}';
     GRANT REPLICATION SLAVE ON *.* TO follower@'127.0.0.1' IDENTIFIED BY 'follower';`,
  );
  await replica.sql(
    `RESET MASTER; SET GLOBAL gtid_slave_pos = '';
     CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${primary.port}, MASTER_USER = 'follower',
       MASTER_PASSWORD = 'follower', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1;
     START SLAVE;`,
  );
  const gtid = (await primary.sql('SELECT @@gtid_binlog_pos')).trim().split('\n').at(-1);
  await replica.sql(`SELECT MASTER_GTID_WAIT('${gtid}', 20)`);
  const access = ({ host, port }: MariadbServer): MysqlAccess => ({
    node,
    host,
    port,
    tls: { mode: 'disable' },
    ...login,
  });
  const stop = async () => {
    await Promise.all([replica.stop(), primary.stop()]);
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, primary, replica, primaryAccess: access(primary), replicaAccess: access(replica), stop };
}
