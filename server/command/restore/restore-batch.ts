import { throwIfStopped } from '#server/base/abort.ts';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { dropSmallTables } from '#server/engine/mysql/small-tables.ts';
import type { WaitingTable } from './batches.ts';
import type { RestoreContext } from './context.ts';
import { patiently } from './patience.ts';
import { type PublishRecord, saveRecords } from './publish-record.ts';
import {
  finishPublishing,
  mayPass,
  publishReport,
  type RestoredTable,
  recordOf,
  restoreTable,
} from './restore-table.ts';
import { showBatch } from './show-batch.ts';
import { stageBatch } from './stage-batch.ts';

/** What is left to do for one table when the batch has done what it could. Errors: whatever went wrong with that table. */
export type Rest = () => Promise<RestoredTable>;

/**
 * Tables of one batch, each step for all of them, in the same order and with the same promises as for one table: staged
 * and compared, written down, renamed, written down. A step that fails is taken again by each table alone, from where
 * the batch has come to, so that each ends as if it had been alone. Answers in the batch's order. Errors: `job/lease-lost`.
 */
export async function restoreBatch(context: RestoreContext, batch: readonly WaitingTable[]): Promise<Rest[]> {
  const { stop } = context.attempt.cancellation;
  // Nothing is begun any more, and nothing has to be cleaned up.
  if (stop.aborted) return batch.map((): Rest => () => new Promise(() => throwIfStopped(stop)));
  const alone = batch.map(
    ({ index, table, request }): Rest =>
      () =>
        restoreTable(context, index, table, request),
  );
  const scratch = batch.length > 1 ? sharedScratch(context, batch) : null;
  if (scratch === null) return alone;
  const staged = await stage(context, batch, scratch);
  if (staged === null) return alone;
  try {
    return await publishBatch(context, staged, batch, scratch);
  } finally {
    await staged.close();
  }
}

/** Null when names clash: those of such a table are its own alone. */
function sharedScratch({ scratchOf }: RestoreContext, batch: readonly WaitingTable[]): string | null {
  const names = new Set(batch.map(({ table }) => scratchOf(table.fragments[0]!)));
  return names.size === 1 ? [...names][0]! : null;
}

/** The session that staged them; null, with nothing left of them, when each must be staged alone. */
async function stage(
  context: RestoreContext,
  batch: readonly WaitingTable[],
  scratch: string,
): Promise<MysqlConnection | null> {
  const { attempt, slots } = context;
  const { cancellation } = attempt;
  const { node } = batch[0]!.table.fragments[0]!.target;
  const open = () => openMysqlConnection(context.world.node(node).access, { signal: cancellation.abandon });
  let session: MysqlConnection | null = null;
  try {
    session = await slots.use(node, 1, async () => {
      throwIfStopped(cancellation.stop);
      await attempt.lease.assertHeld();
      session = await open();
      if (!session.supportsBulk) throw new TidemarkError('node/unsupported', `${node} takes no rows in bulk`);
      await stageBatch(context, session, scratch, batch);
      return session;
    });
    throwIfStopped(cancellation.stop);
    await attempt.lease.assertHeld();
    return session;
  } catch (error) {
    await session?.close();
    // No record names them yet, so nobody else can need them, and nobody else may know of them.
    const tables = batch.map(({ table }) => ({ database: scratch, table: table.fragments[0]!.source.table }));
    await open()
      .then((again) => dropSmallTables(again, tables).finally(() => again.close()))
      .catch((problem: unknown) =>
        attempt.log.warn('staged tables could not be dropped yet', { node, error: problem }),
      );
    if (hasCode(error, 'job/lease-lost')) throw error;
    attempt.log.warn('tables are staged one by one', { tables: batch.length, error });
    return null;
  }
}

async function publishBatch(
  context: RestoreContext,
  session: MysqlConnection,
  batch: readonly WaitingTable[],
  scratch: string,
): Promise<Rest[]> {
  const { attempt, world } = context;
  const records = batch.map(({ index, table, request }) => {
    const { index: n, target: place, source } = table.fragments[0]!;
    const fragment = request.file.fragments.find((candidate) => candidate.index === n)!;
    const piece = {
      node: place.node,
      scratch: { database: scratch, table: source.table },
      target: { database: place.database, table: place.table },
      collation: fragment.databaseCollation,
      ...{ kept: null, undone: null, live: null, keys: [], triggers: [] },
    };
    return recordOf(context, index, table, request, [piece], attempt.clock.now());
  });
  const withState = (state: PublishRecord['state']) =>
    new Map(batch.map(({ index }, n) => [index, { ...records[n]!, state }]));
  try {
    await saveRecords(attempt, withState('publishing'));
  } catch (error) {
    if (hasCode(error, 'job/lease-lost')) throw error;
    return batch.map(() => () => Promise.reject(error));
  }
  const finishAlone = batch.map(
    ({ index, table, request }, n): Rest =>
      () =>
        finishPublishing(context, index, table, request, records[n]!),
  );
  // Each table's objects on a computing node come with its own storage tables.
  if (world.computing) return finishAlone;
  try {
    for (const { table } of batch) attempt.report(publishReport(table, 'running'));
    const pieces = records.flatMap((record) => record.pieces);
    await showBatch(context, session, pieces);
    await patiently(attempt, () => saveRecords(attempt, withState('published')), mayPass);
  } catch (error) {
    if (hasCode(error, 'job/lease-lost')) throw error;
    attempt.log.warn('tables are published one by one', { tables: batch.length, error });
    return finishAlone;
  }
  for (const { table } of batch) attempt.report(publishReport(table, 'done'));
  return records.map(({ outcome }) => async () => ({ outcome, kept: null }));
}
