import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { NodeCheck, NodeInfo } from '#server/contract/cluster.ts';
import type { PostgresAccess } from '../access.ts';
import { bad, type Finding, ok } from '../checks/finding.ts';
import { readMysqlFacts } from '../checks/mysql-facts.ts';
import { checkMysqlNode } from '../checks/mysql-node.ts';
import { readPostgresFacts } from '../checks/postgres-facts.ts';
import { checkPostgresNode } from '../checks/postgres-node.ts';
import { type MysqlConnection, openMysqlConnection } from '../mysql/connection.ts';
import { openPostgres } from '../postgres/connection.ts';
import { withEstimates } from './estimates.ts';
import { computingInfo, storageInfo } from './node-info.ts';
import type { NodeAnswer } from './resolve.ts';
import { computingNodeName } from './storage-nodes.ts';
import { listTables, type StorageTable, StorageTables } from './storage-tables.ts';
import type { Place, StorageNode } from './survey.ts';

export interface ProbeOptions {
  clock: Clock;
  signal?: AbortSignal;
}

export interface NodeProbe {
  info: NodeInfo;
  checks: NodeCheck[];
}

/** A person is waiting for the answer: a node that takes longer to greet is called unreachable. */
export const probeConnectTimeoutMs = 5_000;

/** Catalogs of 100,000 tables answer in a few seconds; a statement that takes longer hangs on somebody's lock. */
const probeStatementTimeoutMs = 30_000;

/**
 * One storage node: what it is, what is wrong with it, and its tables with estimates when `places` names those of the
 * cluster that lie there (null = tables are not looked at). Never fails because of the node; only when cancelled.
 */
export async function probeStorage(
  { access }: StorageNode,
  places: readonly Place[] | null,
  { clock, signal }: ProbeOptions,
): Promise<NodeProbe & { tables: NodeAnswer }> {
  let connection: MysqlConnection | undefined;
  try {
    const start = clock.monotonicMs();
    connection = await openMysqlConnection(access, { signal, connectTimeoutMs: probeConnectTimeoutMs });
    const greeting = answered(access, clock.monotonicMs() - start);
    const facts = await readMysqlFacts(connection, clock);
    const tables = places === null ? null : await readTables(connection, places);
    const databases = [...new Set(tables?.map((table) => table.database))];
    const findings = checkMysqlNode(facts, databases, tables);
    return {
      info: storageInfo(access, facts),
      checks: onNode(access.node, [greeting, ...findings]),
      tables: new StorageTables(tables ?? []),
    };
  } catch (error) {
    const failure = nodeFailure(error, signal);
    return { info: storageInfo(access, null), checks: onNode(access.node, refusal(failure)), tables: failure };
  } finally {
    await connection?.close();
  }
}

/** The same for a computing node. `work` is done in the open session; its answer is null when the node failed. */
export async function probeComputing<T>(
  access: PostgresAccess,
  work: (client: Awaited<ReturnType<typeof openPostgres>>) => Promise<T>,
  { clock, signal }: ProbeOptions,
): Promise<NodeProbe & { answer: T | TidemarkError }> {
  try {
    const start = clock.monotonicMs();
    const client = await openPostgres(access, {
      signal,
      connectTimeoutMs: probeConnectTimeoutMs,
      statementTimeoutMs: probeStatementTimeoutMs,
    });
    try {
      const greeting = answered(access, clock.monotonicMs() - start);
      const answer = await work(client);
      const facts = await readPostgresFacts(client, clock, signal);
      return {
        info: computingInfo(access, computingNodeName, facts),
        checks: onNode(computingNodeName, [greeting, ...checkPostgresNode(facts)]),
        answer,
      };
    } finally {
      await client.end();
    }
  } catch (error) {
    const failure = nodeFailure(error, signal);
    const checks = onNode(computingNodeName, refusal(failure));
    return { info: computingInfo(access, computingNodeName, null), checks, answer: failure };
  }
}

async function readTables(connection: MysqlConnection, places: readonly Place[]): Promise<StorageTable[]> {
  const listed = new StorageTables(await listTables(connection, [...new Set(places.map((place) => place.database))]));
  const ours = new Set(places.flatMap((place) => listed.find(place) ?? []));
  return withEstimates(connection, [...ours]);
}

function answered(access: { host: string; port: number }, ms: number): Finding {
  return ok('reachable', 'Reachable', `${access.host}:${access.port} answered in ${Math.ceil(ms)} ms`);
}

function refusal(failure: TidemarkError): Finding[] {
  if (failure.code === 'node/access-denied') {
    const reached = ok('reachable', 'Reachable', 'the server answered');
    return [reached, bad('sign-in', 'Sign-in', failure.message, failure.hint)];
  }
  return [bad('reachable', 'Reachable', failure.message, failure.hint)];
}

function onNode(node: string, findings: readonly Finding[]): NodeCheck[] {
  return findings.map((finding) => ({ node, ...finding }));
}

/** What a node does wrong is an answer; being cancelled, and faults of our own, are not. */
function nodeFailure(error: unknown, signal: AbortSignal | undefined): TidemarkError {
  const itsFault = error instanceof TidemarkError && error.code.startsWith('node/');
  if (signal?.aborted || !itsFault) throw error;
  return error;
}
