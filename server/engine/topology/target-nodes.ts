import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '../access.ts';
import { readFreeBytes } from '../checks/mysql-facts.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { type MysqlConnection, openMysqlConnection } from '../mysql/connection.ts';
import { mysqlErrno } from '../mysql/errno.ts';
import { openPostgres } from '../postgres/connection.ts';
import { surveyFdw } from './fdw.ts';
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
  /** Bytes of all tables that lie there, as InnoDB's statistics tell; 0 where this login may not read them. */
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
      return { ...node, freeBytes, tableBytes: await storedBytes(connection), problem: null };
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (signal?.aborted || !(error instanceof TidemarkError)) throw error;
    return { ...node, freeBytes: null, tableBytes: 0, problem: error };
  }
}

/** One small question: asking the catalogs opens every table, and whoever restores one waits for that. */
async function storedBytes(connection: MysqlConnection): Promise<number> {
  try {
    const [row] = await connection.query(
      `SELECT SUM(clustered_index_size + sum_of_other_index_sizes) * @@innodb_page_size AS bytes
         FROM mysql.innodb_table_stats`,
    );
    return Number(row?.bytes ?? 0);
  } catch (error) {
    if (mysqlErrno(error) === undefined) throw error;
    return 0;
  }
}
