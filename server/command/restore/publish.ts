import type pg from 'pg';
import { pause } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, TidemarkError } from '#server/base/error.ts';
import type { TableName } from '#server/contract/table-name.ts';
import { openPostgres } from '#server/engine/postgres/connection.ts';
import { readComputingDefinitionOn } from '#server/engine/postgres/definition.ts';
import type { Attempt } from '../attempt.ts';
import type { ComputingStatements } from './computing-statements.ts';
import type { RestoreContext } from './context.ts';
import { hidePiece, showPiece } from './publish-piece.ts';
import { type PublishRecord, saveRecord } from './publish-record.ts';
import { runComputing } from './run-computing.ts';

/** How long a node that went away in the middle is waited for, to finish or to undo. */
const patienceMs = 60_000;

/** The computing node's part of making a new table visible; null on `mysql` and in place. */
export interface ComputingStep {
  target: TableName;
  statements: ComputingStatements;
}

/**
 * Makes one table visible, piece by piece, and the computing node's objects last, in one transaction: that commit is
 * the irreversible step. Either all is visible when this returns, or nothing is when it throws; where neither can be
 * reached `restore/half-published` says what lies where, and the record lets the next attempt finish. Answers with
 * grants that the target did not take. Errors: those of the nodes, `job/lease-lost`, `job/cancelled`.
 */
export async function publish(
  context: RestoreContext,
  index: number,
  record: PublishRecord,
  computing: ComputingStep | null,
): Promise<string[]> {
  try {
    for (const piece of record.pieces) await showPiece(context, piece);
    return computing ? await context.computingTurn.run(() => showComputing(context, record, computing)) : [];
  } catch (error) {
    if (hasCode(error, 'job/lease-lost') || hasCode(error, 'restore/half-published')) throw error;
    await undo(context, index, record, error);
    throw error;
  }
}

async function showComputing(context: RestoreContext, record: PublishRecord, step: ComputingStep): Promise<string[]> {
  try {
    return await inComputingSession(context, async (client) => {
      if (await isOurs(client, record, step.target)) return []; // an earlier attempt committed it
      return runComputing(client, step.statements, () => context.attempt.lease.assertHeld());
    });
  } catch (error) {
    if (!hasCode(error, 'node/connection-lost') && !hasCode(error, 'node/unreachable')) throw error;
    // Whether the commit was taken is known only to the node itself.
    const committed = await withPatience(context, record, error, () =>
      inComputingSession(context, (client) => isOurs(client, record, step.target)),
    );
    if (committed) return [];
    throw error;
  }
}

async function inComputingSession<T>(
  { world, attempt }: RestoreContext,
  work: (client: Awaited<ReturnType<typeof openPostgres>>) => Promise<T>,
): Promise<T> {
  if (world.access.kind === 'mysql') throw new Error('a mysql cluster has no computing node');
  const client = await openPostgres(world.access.computing, { signal: attempt.cancellation.abandon });
  try {
    await nameComputingSession(client, attempt);
    return await work(client);
  } finally {
    await client.end().catch(() => {}); // it may be gone
  }
}

/** The next attempt ends sessions by this name before it goes on. */
export async function nameComputingSession(client: pg.Client, { attemptId }: Attempt): Promise<void> {
  await client.query(`SET application_name = ${client.escapeLiteral(computingSessionName(attemptId))}`);
}

export const computingSessionName = (attemptId: string) => `tidemark ${attemptId}`;

/** Whether the target's relation is there and its pieces are those of this record. */
async function isOurs(
  client: Awaited<ReturnType<typeof openPostgres>>,
  record: PublishRecord,
  target: TableName,
): Promise<boolean> {
  try {
    const { computing } = await readComputingDefinitionOn(client, target);
    const leaves = computing.kind === 'foreign' ? [computing] : computing.partitions.filter((part) => part.server);
    const value = (options: { name: string; value: string }[], name: string) =>
      options.find((option) => option.name === name)?.value;
    return record.pieces.every((piece) =>
      leaves.some(
        ({ options }) =>
          value(options, 'dbname') === piece.target.database && value(options, 'table_name') === piece.target.table,
      ),
    );
  } catch (error) {
    if (hasCode(error, 'table/not-found') || hasCode(error, 'table/unsupported')) return false;
    throw error;
  }
}

async function undo(context: RestoreContext, index: number, record: PublishRecord, why: unknown): Promise<void> {
  for (const piece of [...record.pieces].reverse()) {
    await withPatience(context, record, why, () => hidePiece(context, piece));
  }
  await saveRecord(context.attempt, index, { ...record, state: 'undone' });
}

/** Tries again while a node does not answer; gives up loudly, because then the world is between two states. */
async function withPatience<T>(
  { attempt }: RestoreContext,
  record: PublishRecord,
  why: unknown,
  work: () => Promise<T>,
): Promise<T> {
  const until = attempt.clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (hasCode(error, 'job/lease-lost')) throw error;
      const named = asTidemarkError(error);
      const last = attempt.clock.monotonicMs() > until || attempt.cancellation.abandon.aborted;
      if (!named.retryable || last) throw halfPublished(record, why, named);
      await pause(1_000, attempt.cancellation.abandon);
    }
  }
}

function halfPublished(record: PublishRecord, why: unknown, error: TidemarkError): TidemarkError {
  const lies = record.pieces.map(
    ({ node, scratch, target, kept }) =>
      `${node}: ${target.database}.${target.table}${kept ? ` (live table perhaps as ${kept.table})` : ''}, else ${scratch.database}.${scratch.table}`,
  );
  return new TidemarkError(
    'restore/half-published',
    `${record.outcome.target} is between two states (${asTidemarkError(why).message}; ${error.message}); look at ${lies.join('; ')}`,
    {
      cause: error,
      context: { pieces: record.pieces.map(({ node, scratch, target, kept }) => ({ node, scratch, target, kept })) },
    },
  );
}
