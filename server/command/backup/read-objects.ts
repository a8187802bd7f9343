import type { Scope } from '#server/contract/scope.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readSchemaObjects } from '#server/engine/mysql/schema-objects.ts';
import type { SchemaObject } from '#server/manifest/schema.ts';
import type { TableWork } from './table-work.ts';

/**
 * Views, routines and events of the databases that are taken whole, on clusters where the storage node is the database
 * (kind `mysql`). Their definitions are of the moment they are read, not of the cut.
 */
export async function readObjects(
  cluster: ClusterAccess,
  scope: Scope,
  tables: readonly TableWork[],
  stop: AbortSignal,
): Promise<SchemaObject[]> {
  if (cluster.kind !== 'mysql') return [];
  const known = new Set(tables.map((table) => table.name.database));
  const whole = [...new Set([...(scope.all ? known : []), ...scope.databases])];
  if (whole.length === 0) return [];
  const connection = await openMysqlConnection(cluster.node, { signal: stop });
  try {
    return await readSchemaObjects(connection, whole);
  } finally {
    await connection.close();
  }
}
