import { type ClusterPlan, type ClusterSecrets, type LabNode, nodeNamed } from '../node.ts';
import { mariadbUsers } from '../users.ts';
import { fillAccounts } from './bank-accounts.ts';
import { bankTables } from './bank-tables.ts';
import { foreignServers, moveForeignServers, serverName } from './fdw-servers.ts';
import { computingDdl, shardSql } from './foreign-table.ts';

/** A bank over two shards: PostgreSQL computes, MariaDB keeps. The demo's cluster. */
export const bank: ClusterPlan = {
  nodes: [
    { name: 'bank-computing', role: 'computing', engine: 'postgres', port: 15_400, database: 'postgres' },
    { name: 'bank-shard_1', role: 'storage', engine: 'mysql', port: 15_401, database: '', serverId: 101 },
    { name: 'bank-shard_2', role: 'storage', engine: 'mysql', port: 15_402, database: '', serverId: 102 },
  ],
  fill,
  movePorts: (nodes) => moveForeignServers(nodeNamed(nodes, 'bank-computing'), storageOf(nodes)),
};

async function fill(nodes: readonly LabNode[], secrets: ClusterSecrets, rows: number): Promise<void> {
  const computing = nodeNamed(nodes, 'bank-computing').postgres!;
  const shards = storageOf(nodes);
  const tables = bankTables(rows);
  await Promise.all(
    shards.map(async ({ mariadb, ...node }) => {
      await mariadb!.sql(mariadbUsers(secrets));
      await mariadb!.sql(tables.map((table) => shardSql(table, serverName(node))).join('\n'));
    }),
  );
  await computing.sql(`
    ${foreignServers(shards, secrets)}
    CREATE SCHEMA acct AUTHORIZATION lab_owner;
    COMMENT ON SCHEMA acct IS 'books';
    SET ROLE lab_owner;
    ${tables.map(computingDdl).join('\n')}`);
  const client = await computing.connect();
  try {
    await fillAccounts(client, rows, (remainder, sql) => shards[remainder % 2]!.mariadb!.sql(sql));
  } finally {
    await client.end();
  }
  await Promise.all(shards.map(({ mariadb }) => mariadb!.sql('FLUSH BINARY LOGS')));
}

function storageOf(nodes: readonly LabNode[]): LabNode[] {
  return [nodeNamed(nodes, 'bank-shard_1'), nodeNamed(nodes, 'bank-shard_2')];
}
