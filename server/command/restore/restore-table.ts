import { throwIfStopped } from '#server/base/abort.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import { generatedName } from '#server/engine/generated-name.ts';
import { tableBytes, tableExists } from '#server/engine/mysql/catalog.ts';
import { combineDigests } from '#server/engine/mysql/digest.ts';
import { freshKeyName, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import type { KeptCopy } from './command.ts';
import { computingStatements } from './computing-statements.ts';
import { type RestoreContext, shortId } from './context.ts';
import { handOver } from './hand-over.ts';
import { readLive } from './in-place.ts';
import type { TableRequest } from './plan-request.ts';
import { type ComputingStep, publish } from './publish.ts';
import { type PublishPiece, type PublishRecord, saveRecord } from './publish-record.ts';
import { type StageExtras, stageFragment } from './stage-fragment.ts';
import { dropUnrecorded } from './take-over.ts';
import { keptName } from './target-name.ts';

export interface RestoredTable {
  outcome: TableOutcome;
  kept: KeptCopy | null;
}

/**
 * One table, from the backup to where everybody sees it: stage every piece, write down what will be done, do it, hand
 * over keys and triggers. Errors: whatever went wrong; then nothing of it is visible.
 */
export async function restoreTable(
  context: RestoreContext,
  index: number,
  table: PlanTable,
  request: TableRequest,
): Promise<RestoredTable> {
  const { attempt } = context;
  const scratches = table.fragments.map((place) => ({
    node: place.target.node,
    at: { database: context.scratchOf(place), table: place.source.table },
  }));
  let pieces: PublishPiece[];
  try {
    pieces = await stagePieces(context, table, request, scratches);
    throwIfStopped(attempt.cancellation.stop);
    await attempt.lease.assertHeld();
  } catch (error) {
    // No record names them yet, so nobody else can need them, and nobody else may know of them.
    await dropUnrecorded(context, scratches);
    throw error;
  }
  const record: PublishRecord = {
    version: 1,
    state: 'publishing',
    pieces,
    triggerSuffix: shortId(attempt.attemptId),
    outcome: succeeded(table, request),
  };
  await saveRecord(attempt, index, record);
  return finishPublishing(context, index, table, request, record);
}

/** From the record on: also how a later attempt goes on where an earlier one stopped. */
export async function finishPublishing(
  context: RestoreContext,
  index: number,
  table: PlanTable,
  request: TableRequest,
  record: PublishRecord,
): Promise<RestoredTable> {
  const { attempt } = context;
  attempt.report(publishReport(table, 'running'));
  const refused = await publish(context, index, record, await computingStep(context, table, request));
  const notes = [...refused.map((grant) => `not granted: ${grant}`), ...(await handOver(context, record))];
  const outcome = { ...record.outcome, notes: [...record.outcome.notes, ...notes] };
  await saveRecord(attempt, index, { ...record, state: 'published', outcome });
  attempt.report(publishReport(table, 'done'));
  return { outcome, kept: await keptCopy(context, table, record) };
}

async function stagePieces(
  context: RestoreContext,
  table: PlanTable,
  request: TableRequest,
  scratches: readonly { at: TableAt }[],
): Promise<PublishPiece[]> {
  const staging = table.fragments.map(async (place, n): Promise<PublishPiece> => {
    const fragment = request.file.fragments.find((candidate) => candidate.index === place.index)!;
    const { keys, triggers, self, autoIncrement } = await extrasOf(context, table, place, fragment);
    const scratch = await stageFragment(
      context,
      table,
      place,
      fragment,
      { keys, self, autoIncrement },
      scratches[n]!.at.database,
    );
    const { node, database, table: name } = place.target;
    const kept = table.keptAs === null ? null : { database, table: keptNameOf(context, name) };
    const collation = fragment.databaseCollation;
    return { node, scratch, target: { database, table: name }, collation, kept, keys, triggers };
  });
  // All are awaited, whatever one does: nothing may still be loading when the failed table is cleaned up.
  const results = await Promise.allSettled(staging);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<PublishPiece>).value);
}

const keptNameOf = ({ plan }: RestoreContext, table: string) => keptName(table, new Date(plan.madeAt));

/** In place the live table's own keys and triggers go over; beside, the backup's, when they were asked for. */
async function extrasOf(
  context: RestoreContext,
  table: PlanTable,
  place: PlanTable['fragments'][number],
  fragment: FragmentFile,
): Promise<StageExtras & Pick<PublishPiece, 'triggers'>> {
  const { plan, world, attempt } = context;
  const short = shortId(attempt.attemptId);
  if (table.mode === 'in-place') {
    const { definition } = await readLive(await world.session(place.target.node), place.target);
    const temporary = (name: string) => generatedName(`tidemark_${short}_${name}`, '', 'mysql');
    return {
      keys: definition.foreignKeys.map((key) => ({ key, stagedAs: temporary(key.name) })),
      triggers: definition.triggers,
      self: place.target,
      // Numbers given out since the backup are not given out again.
      autoIncrement: larger(definition.autoIncrement, fragment.autoIncrement),
    };
  }
  const self = { database: fragment.database, table: fragment.table };
  const keys: StageExtras['keys'] = [];
  for (const key of plan.foreignKeys ? fragment.foreignKeys : []) {
    const parent = { database: key.refDatabase, table: key.refTable };
    const toSelf = parent.database === self.database && parent.table === self.table;
    if (toSelf || (await tableExists(await world.session(place.target.node), parent))) {
      keys.push({ key, stagedAs: freshKeyName(key.name, short) });
    }
  }
  return { keys, triggers: plan.triggers ? fragment.triggers : [], self, autoIncrement: fragment.autoIncrement };
}

function larger(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return BigInt(a) > BigInt(b) ? a : b;
}

async function computingStep(
  { world }: RestoreContext,
  table: PlanTable,
  { source, target, file }: TableRequest,
): Promise<ComputingStep | null> {
  if (!world.computing || !file.computing || table.mode === 'in-place') return null;
  const makeSchema = !(await world.hasSchema(target.schema));
  const serverOf = (node: string) => world.node(node).serverName;
  const statements = computingStatements(file.computing, source, target, table.fragments, { serverOf, makeSchema });
  return { target, statements };
}

function succeeded(table: PlanTable, { file }: TableRequest): TableOutcome {
  return {
    source: table.source,
    target: table.target,
    outcome: 'succeeded',
    rows: Number(file.rows),
    rawBytes: file.rawBytes,
    storedBytes: file.storedBytes,
    fragments: file.fragments.length,
    digest: combineDigests(file.fragments.map((fragment) => fragment.digest)),
    keptAs: table.keptAs,
    notes: [],
    error: null,
  };
}

/** Null for a new table, and where no live table was there any more to keep. */
export async function keptCopy(
  { world }: RestoreContext,
  table: PlanTable,
  record: PublishRecord,
): Promise<KeptCopy | null> {
  if (table.keptAs === null) return null;
  const pieces: KeptCopy['pieces'] = [];
  let bytes = 0;
  for (const { node, target, kept } of record.pieces) {
    const session = await world.session(node);
    if (kept === null || !(await tableExists(session, kept))) continue;
    bytes += await tableBytes(session, kept);
    pieces.push({ node, database: kept.database, live: target.table, kept: kept.table });
  }
  return pieces.length === 0 ? null : { table: table.target, keptAs: table.keptAs, bytes, pieces };
}

function publishReport(table: PlanTable, state: 'running' | 'done') {
  const rows = table.rows;
  return {
    table: table.source,
    fragment: null,
    phase: 'publish',
    state,
    rowsDone: rows,
    rowsTotal: rows,
    bytesDone: table.rawBytes,
    bytesTotal: table.rawBytes,
  };
}
