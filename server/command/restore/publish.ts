import type pg from 'pg';
import { asTidemarkError, hasCode } from '#server/base/error.ts';
import type { TableName } from '#server/contract/table-name.ts';
import { openPostgres } from '#server/engine/postgres/connection.ts';
import { readComputingDefinitionOn } from '#server/engine/postgres/definition.ts';
import type { Attempt } from '../attempt.ts';
import type { ComputingStatements } from './computing-statements.ts';
import type { RestoreContext } from './context.ts';
import { patiently } from './patience.ts';
import type { PublishRecord } from './publish-record.ts';
import { runComputing } from './run-computing.ts';
import { showPieces } from './show-pieces.ts';
import { halfPublished, undoPublishing } from './undo-publishing.ts';

/** The computing node's part of making a new table visible; null on `mysql` and in place. */
export interface ComputingStep {
  target: TableName;
  statements: ComputingStatements;
}

/**
 * Makes one table visible, all pieces at once, and the computing node's objects last, in one transaction: that commit is
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
    await showPieces(context, record);
    return computing ? await context.computingTurn.run(() => showComputing(context, record, computing)) : [];
  } catch (error) {
    if (hasCode(error, 'job/lease-lost') || hasCode(error, 'restore/half-published')) throw error;
    throw await undoPublishing(context, index, record, asTidemarkError(error));
  }
}

async function showComputing(context: RestoreContext, record: PublishRecord, step: ComputingStep): Promise<string[]> {
  const held = () => context.attempt.lease.assertHeld();
  try {
    return await inComputingSession(context, async (client) => {
      const ours = await isOurs(client, record, step.target); // an earlier attempt committed it
      return runComputing(client, ours ? grantsOnly(step) : step.statements, held);
    });
  } catch (error) {
    if (!hasCode(error, 'node/connection-lost') && !hasCode(error, 'node/unreachable')) throw error;
    // Whether the commit was taken is known only to the node itself.
    const ask = () =>
      inComputingSession(context, async (client) =>
        (await isOurs(client, record, step.target)) ? runComputing(client, grantsOnly(step), held) : null,
      );
    const refused = await patiently(context.attempt, ask, ({ retryable }) => retryable).catch((last: unknown) => {
      throw hasCode(last, 'job/lease-lost') ? last : halfPublished(record, error, asTidemarkError(last));
    });
    if (refused) return refused;
    throw error;
  }
}

/** Grants may be given twice; giving them again tells which of them were refused to whoever made the table. */
const grantsOnly = ({ statements }: ComputingStep): ComputingStatements => ({ ...statements, create: [] });

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
