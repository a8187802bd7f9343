import type { ClusterAccess } from '../cluster-access.ts';
import type { MysqlConnection } from '../mysql/connection.ts';
import { listDatabases, listTables, type StorageTable, storageProblem } from './storage-tables.ts';
import { byName, type Relation, type Survey } from './survey.ts';

export type MysqlClusterAccess = Extract<ClusterAccess, { kind: 'mysql' }>;

/**
 * One server is the whole cluster: every table is one fragment that lies where it is, natively partitioned ones too
 * (their partitions have no names that could be read alone).
 */
export async function surveyMysql(
  connection: MysqlConnection,
  access: MysqlClusterAccess,
): Promise<{ survey: Survey; tables: StorageTable[] }> {
  const tables = await listTables(connection, await listDatabases(connection));
  tables.sort((a, b) => byName(a.database, b.database) || byName(a.table, b.table));
  const relations = tables.map((table) => relationOf(table, access.node.node));
  const nodes = [{ name: access.node.node, servers: [], access: access.node }];
  return { survey: { kind: 'mysql', nodes, relations, partitionOf: new Map() }, tables };
}

function relationOf(found: StorageTable, node: string): Relation {
  const { database, table, kind } = found;
  const name = { database, schema: '', table };
  if (kind === 'view') return { name, kind, places: [], problem: 'a view holds no rows of its own' };
  if (kind === 'sequence')
    return { name, kind, places: [], problem: 'a sequence goes with the objects of its database' };
  const places = [{ node, database, table, partition: null }];
  return { name, kind, places, problem: storageProblem(found) };
}
