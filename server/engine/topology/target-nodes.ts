import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '../access.ts';
import { readFreeBytes } from '../checks/mysql-facts.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { openMysqlConnection } from '../mysql/connection.ts';
import { openPostgres } from '../postgres/connection.ts';
import { withEstimates } from './estimates.ts';
import { surveyFdw } from './fdw.ts';
import { listDatabases, listTables } from './storage-tables.ts';
import type { StorageNode } from './survey.ts';
import { unsupportedKind } from './unsupported.ts';

/** A storage node that a restore may place fragments on. */
export interface TargetNode {
  name: string;
  access: MysqlAccess;
  /** Foreign server to name in CREATE FOREIGN TABLE; null on `mysql`, which has none. */
  serverName: string | null;
  /** Null where the server cannot tell. */
  freeBytes: number | null;
  /** Bytes of all tables that lie there, as estimated by the server. */
  tableBytes: number;
  /** Why nothing can be placed there now; null when it answered. */
  problem: TidemarkError | null;
}

/**
 * Every storage node of a cluster by name, those that hold no table yet too. Errors: those of openPostgres for the
 * computing node; `node/unsupported` for kinds that cannot be written yet.
 */
export async function targetNodes(
  access: ClusterAccess,
  options: { signal?: AbortSignal } = {},
): Promise<TargetNode[]> {
  const nodes = await storageNodesOf(access, options.signal);
  return Promise.all(nodes.map((node) => weigh(node, options.signal)));
}

async function storageNodesOf(access: ClusterAccess, signal: AbortSignal | undefined): Promise<StorageNode[]> {
  if (access.kind === 'mysql') return [{ name: access.node.node, servers: [], access: access.node }];
  if (access.kind !== 'fdw') throw unsupportedKind(access.kind);
  const client = await openPostgres(access.computing, { signal });
  try {
    return (await surveyFdw(client, access)).nodes;
  } finally {
    await client.end();
  }
}

async function weigh({ name, access, servers }: StorageNode, signal: AbortSignal | undefined): Promise<TargetNode> {
  const node = { name, access, serverName: servers[0] ?? null };
  try {
    const connection = await openMysqlConnection(access, { signal });
    try {
      const freeBytes = await readFreeBytes(connection);
      const tables = await withEstimates(connection, await listTables(connection, await listDatabases(connection)));
      return { ...node, freeBytes, tableBytes: tables.reduce((sum, table) => sum + table.bytes, 0), problem: null };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (signal?.aborted || !(error instanceof TidemarkError)) throw error;
    return { ...node, freeBytes: null, tableBytes: 0, problem: error };
  }
}
