import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MariadbConfig, type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type PostgresServer, startPostgres } from '#lab/postgres-server.ts';
import { mariadbUsers, postgresRoles } from '#lab/users.ts';
import type { MysqlAccess } from '../access.ts';
import { quoteLiteral } from '../postgres/identifier.ts';
import type { FdwAccess } from './fdw.ts';

export interface FdwFixture {
  readonly folder: string;
  readonly computing: PostgresServer;
  readonly shards: readonly MariadbServer[];
  /** With the rights that Tidemark asks for, and no others. */
  readonly access: FdwAccess;
  /** Makes a server at an address of this machine; returns nothing to drop, the cluster is thrown away. */
  addServer(name: string, port: number): Promise<void>;
  stop(): Promise<void>;
}

const secrets = { tidemark: 'tidemark-secret', app: 'app-secret' };
const tls = { mode: 'disable' } as const;

/**
 * A small real cluster for tests: a computing node and as many MariaDB shards as named, one foreign server for each.
 * Tables are made by the test with `shards[n].sql(…)` and `computing.sql(…)`, owned by `lab_owner`.
 */
export async function startFdwCluster(shardNames: readonly string[], config: MariadbConfig = {}): Promise<FdwFixture> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-fdw-'));
  const starting = [
    startPostgres({ folder: join(folder, 'computing'), ephemeral: true }),
    ...shardNames.map((name, index) =>
      startMariadb({ folder: join(folder, name), serverId: index + 1, ephemeral: true, config }),
    ),
  ] as const;
  const stop = async () => {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.stop() : undefined)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return await prepare(
      folder,
      shardNames,
      (await Promise.all(starting)) as [PostgresServer, ...MariadbServer[]],
      stop,
    );
  } catch (error) {
    await stop();
    throw error;
  }
}

async function prepare(
  folder: string,
  shardNames: readonly string[],
  [computing, ...shards]: [PostgresServer, ...MariadbServer[]],
  stop: () => Promise<void>,
): Promise<FdwFixture> {
  await computing.sql(`CREATE EXTENSION mysql_fdw; ${postgresRoles(secrets)} GRANT CREATE ON DATABASE postgres TO lab_owner;
    GRANT ALL ON SCHEMA public TO lab_owner`);
  const addServer = (name: string, port: number) => computing.sql(serverSql(name, port));
  for (const [index, shard] of shards.entries()) {
    await shard.sql(mariadbUsers(secrets));
    await addServer(shardNames[index]!, shard.port);
  }
  return {
    folder,
    computing,
    shards,
    access: {
      kind: 'fdw',
      id: 'test',
      name: 'test',
      computing: {
        node: 'computing',
        host: '127.0.0.1',
        port: computing.port,
        database: 'postgres',
        user: 'tidemark',
        password: secrets.tidemark,
        tls,
      },
      storage: { user: 'tidemark', password: secrets.tidemark, tls },
    },
    addServer,
    stop,
  };
}

/** One of the fixture's shards as a cluster of its own. */
export function accessToShard(shard: MariadbServer, node: string): MysqlAccess {
  return { node, host: shard.host, port: shard.port, user: 'tidemark', password: secrets.tidemark, tls };
}

function serverSql(name: string, port: number): string {
  const server = `"${name.replaceAll('"', '""')}"`;
  return `CREATE SERVER ${server} FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port '${port}');
    CREATE USER MAPPING FOR PUBLIC SERVER ${server} OPTIONS (username 'app', password ${quoteLiteral(secrets.app)});
    GRANT USAGE ON FOREIGN SERVER ${server} TO lab_owner`;
}
