import { availableParallelism } from 'node:os';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { makeTablesReleasable, pinReadSession } from './session.ts';
import { openReadSession, type ReadSession } from './thread/read-session.ts';
import { Threads } from './thread/threads.ts';

/** A node that takes part in a cut. */
export interface CutNode {
  readonly name: string;
  readonly access: MysqlAccess;
  /** Set when `access` is a replica of the node: positions are the primary's. See catchUp. */
  readonly replicaOf?: {
    readonly primary: MysqlAccess;
    /** The replica had everything by then that its primary had at that instant. */
    readonly hasAllOf: Date;
  };
}

/**
 * The connections to one node: `workers` will hold the snapshots, in threads of their own, `coordinator` holds commits
 * and asks questions.
 */
export interface NodeSessions {
  readonly node: CutNode;
  readonly coordinator: MysqlConnection;
  readonly workers: ReadSession[];
  /** Where further sessions that read can live. */
  readonly threads: Threads;
  /** See makeTablesReleasable. */
  readonly releasesTables: boolean;
  readonly logBin: boolean;
  /** Where `node` is a replica: a session on its primary, and whose log positions are told in. */
  readonly primary: MysqlConnection | undefined;
  readonly serverId: number;
  readonly serverUuid: string | null;
}

/** Opens everything before anybody is made to wait. What was opened is closed again when one of them fails. */
export async function openCutSessions(
  nodes: readonly CutNode[],
  options: { connectionsPerNode: number; abandon: AbortSignal },
): Promise<NodeSessions[]> {
  const threads = new Threads('read', Math.max(leastThreads, availableParallelism()));
  const opened: { close(): Promise<void> }[] = [];
  const open = async (access: MysqlAccess) => {
    const connection = await openMysqlConnection(access, { signal: options.abandon });
    opened.push(connection);
    await pinReadSession(connection);
    return { connection, releasesTables: await makeTablesReleasable(connection) };
  };
  const outcomes = await Promise.allSettled(
    nodes.map(async (node): Promise<NodeSessions> => {
      const { connection: coordinator, releasesTables } = await open(node.access);
      const workers: ReadSession[] = [];
      for (let n = 0; n < options.connectionsPerNode; n++) {
        const worker = await openWorker(threads, node.access, options.abandon);
        opened.push(worker);
        workers.push(worker);
      }
      const own = await identify(coordinator);
      const primary = node.replicaOf && (await open(node.replicaOf.primary)).connection;
      const { serverId, serverUuid } = primary ? await identify(primary) : own;
      return { node, coordinator, workers, threads, releasesTables, primary, logBin: own.logBin, serverId, serverUuid };
    }),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await Promise.all(opened.map((connection) => connection.close()));
    throw failed.reason;
  }
  return outcomes.map((outcome) => (outcome as PromiseFulfilledResult<NodeSessions>).value);
}

/** A session that a snapshot can be held on and tables be read over. Errors: those of the connection. */
export async function openWorker(threads: Threads, access: MysqlAccess, signal: AbortSignal): Promise<ReadSession> {
  const session = await openReadSession(threads, access, { signal });
  try {
    await pinReadSession(session);
    await makeTablesReleasable(session);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Even one processor gains from a thread that waits while another works; more threads than processors gain nothing. */
const leastThreads = 2;

export async function closeCutSessions(sessions: readonly NodeSessions[]): Promise<void> {
  const all = sessions.flatMap(({ coordinator, workers, primary }) => [
    coordinator,
    ...workers,
    ...(primary ? [primary] : []),
  ]);
  await Promise.all(all.map((session) => session.close()));
}

async function identify(connection: MysqlConnection) {
  const rows = await connection.query(
    "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('server_id', 'server_uuid', 'server_uid', 'log_bin')",
  );
  const variables = new Map(rows.map((row) => [String(row.Variable_name), String(row.Value)]));
  return {
    serverId: Number(variables.get('server_id') ?? 0),
    serverUuid: variables.get('server_uuid') ?? variables.get('server_uid') ?? null,
    logBin: variables.get('log_bin') === 'ON',
  };
}
