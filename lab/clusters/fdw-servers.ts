import pg from 'pg';
import type { ClusterSecrets, LabNode } from '../node.ts';
import { postgresRoles } from '../users.ts';
import { quotePostgres } from './foreign-table.ts';

/**
 * Statements for an empty computing node: mysql_fdw, one foreign server for every storage node (named like it), roles
 * and their rights. The foreign tables then belong to `lab_owner`.
 */
export function foreignServers(storage: readonly LabNode[], secrets: ClusterSecrets): string {
  const servers = storage.map((node) => {
    const server = quotePostgres(serverName(node));
    // Without utf8mb4 the wrapper would read 4-byte characters as question marks.
    const options = `host '${node.host}', port '${node.port}', use_remote_estimate 'false', character_set 'utf8mb4'`;
    return `
      CREATE SERVER ${server} FOREIGN DATA WRAPPER mysql_fdw OPTIONS (${options});
      CREATE USER MAPPING FOR PUBLIC SERVER ${server} OPTIONS (username '${node.appUser}', password '${secrets.app}');
      GRANT USAGE ON FOREIGN SERVER ${server} TO lab_owner;`;
  });
  return `
    CREATE EXTENSION mysql_fdw;
    ${postgresRoles(secrets)}
    ${servers.join('')}
    GRANT USAGE ON FOREIGN DATA WRAPPER mysql_fdw TO lab_owner;
    GRANT CREATE ON DATABASE postgres TO lab_owner;
    GRANT ALL ON SCHEMA public TO lab_owner;`;
}

/** The servers of a lab that is started again may have got other ports. */
export async function moveForeignServers(computing: LabNode, storage: readonly LabNode[]): Promise<void> {
  const { socket: host, port, database } = computing;
  const client = new pg.Client({ host, port, user: 'postgres', database, ssl: false });
  await client.connect();
  try {
    for (const node of storage) {
      await client.query(`ALTER SERVER ${quotePostgres(serverName(node))} OPTIONS (SET port '${node.port}')`);
    }
  } finally {
    await client.end();
  }
}

/** `bank-shard_1` is called `shard_1` on its computing node. */
export function serverName(node: { name: string; cluster: string }): string {
  return node.name.slice(node.cluster.length + 1);
}
