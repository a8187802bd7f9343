import { throwIfStopped } from '#server/base/abort.ts';
import { hasCode, type TidemarkError, toFailure } from '#server/base/error.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import { generatedName } from '#server/engine/generated-name.ts';
import { tableBytes, tableExists } from '#server/engine/mysql/catalog.ts';
import { combineDigests } from '#server/engine/mysql/digest.ts';
import { freshKeyName, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { isHandingBack } from '../attempt.ts';
import type { KeptCopy } from './command.ts';
import { computingStatements } from './computing-statements.ts';
import { type RestoreContext, shortId } from './context.ts';
import { findFragment, foreignClosure } from './foreign-closure.ts';
import { handOver } from './hand-over.ts';
import { liveMark, readLive } from './in-place.ts';
import { patiently } from './patience.ts';
import type { TableRequest } from './plan-request.ts';
import { pointHistory } from './point-history.ts';
import { type ComputingStep, publish } from './publish.ts';
import { type PublishPiece, type PublishRecord, saveRecord } from './publish-record.ts';
import { stageAcross } from './stage-across.ts';
import { type StagedFragment, type StageExtras, stageFragment } from './stage-fragment.ts';
import { dropUnrecorded } from './take-over.ts';
import { keptName, undoneName } from './target-name.ts';
import { keptRows } from './undo-publishing.ts';

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
  const now = attempt.clock.now();
  let staged: StagedPiece[];
  try {
    staged = await stagePieces(context, table, request, scratches, now);
    throwIfStopped(attempt.cancellation.stop);
    await attempt.lease.assertHeld();
  } catch (error) {
    // No record names them yet, so nobody else can need them, but for an attempt that goes on from here.
    if (!isHandingBack(attempt)) await dropUnrecorded(context, scratches);
    throw error;
  }
  const record = recordOf(
    context,
    index,
    table,
    request,
    staged.map(({ piece }) => piece),
    now,
  );
  if (context.point) Object.assign(record.outcome, outcomeOfRows(staged, context.point.decidedBytes));
  await saveRecord(attempt, index, record);
  return finishPublishing(context, index, table, request, record);
}

interface StagedPiece {
  piece: PublishPiece;
  rows: StagedFragment;
}

/** What came of backup and log together. `decided`: bytes that were read to decide how far logs go, whatever the table. */
function outcomeOfRows(
  staged: readonly StagedPiece[],
  decided: number,
): Pick<TableOutcome, 'rows' | 'digest' | 'changesApplied' | 'log'> {
  const sum = (of: (rows: StagedFragment) => number) => staged.reduce((all, { rows }) => all + of(rows), 0);
  const headerBytes = decided + sum(({ read }) => read?.headers ?? 0);
  return {
    rows: sum(({ rows }) => Number(rows)),
    digest: combineDigests(staged.map(({ rows }) => rows.digest)),
    changesApplied: sum(({ changes }) => changes),
    log: { bytesRead: headerBytes + sum(({ read }) => read?.rows ?? 0), headerBytes },
  };
}

/** What is written down of a table whose pieces are staged, before the first of them is shown. */
export function recordOf(
  { attempt, undone }: RestoreContext,
  index: number,
  table: PlanTable,
  request: TableRequest,
  pieces: PublishPiece[],
  now: Date,
): PublishRecord {
  return {
    version: 1,
    state: 'publishing',
    pieces,
    triggerSuffix: shortId(attempt.attemptId),
    undoneAs: table.keptAs === null ? null : undoneName(request.target.table, now),
    undone: undone.get(index) ?? [],
    outcome: succeeded(table, request),
  };
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
  // From here on the table is live: whatever goes wrong is a note on it, never its failure.
  const notes = [...record.outcome.notes, ...refused.map((grant) => `not granted: ${grant}`)];
  if (record.undone.length > 0) notes.push(`an earlier try was taken back; ${keptRows(record.undone)}`);
  const noting = async (what: string, work: () => Promise<readonly string[] | undefined>) => {
    try {
      notes.push(...((await patiently(attempt, work, mayPass)) ?? []));
    } catch (error) {
      if (hasCode(error, 'job/lease-lost')) throw error;
      attempt.log.warn('a table that is live was not finished', { table: table.target, error });
      notes.push(`${what}: ${toFailure(error).message}`);
    }
  };
  await noting('foreign keys and triggers could not be handed over', () => handOver(context, record));
  const outcome = { ...record.outcome, notes };
  await noting('that it is live could not be written down', async () => {
    // First of the two: a copy that no catalog knows of would lie there for ever.
    const kept = await keptCopy(context, table, record);
    if (kept) await context.onKept(kept);
    await saveRecord(attempt, index, { ...record, state: 'published', outcome });
    return undefined;
  });
  attempt.report(publishReport(table, 'done'));
  return { outcome, kept: await keptCopy(context, table, record) };
}

/** What a node refuses it refuses again; what is not ours is a journal that is away. */
export const mayPass = ({ retryable, code }: TidemarkError) => retryable || code === 'internal/unexpected';

async function stagePieces(
  context: RestoreContext,
  table: PlanTable,
  request: TableRequest,
  scratches: readonly { at: TableAt }[],
  now: Date,
): Promise<StagedPiece[]> {
  const staging = table.fragments.map(async (place, n): Promise<StagedPiece> => {
    const fragment = request.file.fragments.find((candidate) => candidate.index === place.index)!;
    const history = await historyOf(context, request, fragment);
    const across = history && (await stageAcross(context, table, place, fragment, history));
    const extras = await extrasOf(context, table, place, across?.fragment ?? fragment);
    const { keys, triggers, live, self, autoIncrement } = extras;
    const scratch = scratches[n]!.at.database;
    const rows = across
      ? await across.finish({ keys, self, autoIncrement })
      : await stageFragment(context, table, place, fragment, { keys, self, autoIncrement }, scratch);
    const { node, database, table: name } = place.target;
    const kept = table.keptAs === null ? null : { database, table: keptNameOf(context, name) };
    const undone = table.keptAs === null ? null : { database, table: undoneName(name, now) };
    const collation = fragment.databaseCollation;
    const piece = {
      node,
      scratch: rows.at,
      target: { database, table: name },
      collation,
      kept,
      undone,
      live,
      keys,
      triggers,
    };
    return { piece, rows };
  });
  // All are awaited, whatever one does: nothing may still be loading when the failed table is cleaned up.
  const results = await Promise.allSettled(staging);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return results.map((result) => (result as PromiseFulfilledResult<StagedPiece>).value);
}

const keptNameOf = ({ plan }: RestoreContext, table: string) => keptName(table, new Date(plan.madeAt));

/** null: up to the point, nothing but rows of the fragment changed. */
async function historyOf({ point, storage }: RestoreContext, { file }: TableRequest, fragment: FragmentFile) {
  if (!point) return null;
  const { manifest } = point;
  return pointHistory(point.cut, {
    ...{ fragment, computing: file.computing !== null },
    closed: (await foreignClosure(storage, manifest, fragment)).fragments,
    fragmentOf: (at) => findFragment(storage, manifest, at),
  });
}

/** In place the live table's own keys and triggers go over; beside, the backup's, when they were asked for. */
async function extrasOf(
  context: RestoreContext,
  table: PlanTable,
  place: PlanTable['fragments'][number],
  fragment: FragmentFile,
): Promise<StageExtras & Pick<PublishPiece, 'triggers' | 'live'>> {
  const { plan, world, attempt } = context;
  const short = shortId(attempt.attemptId);
  if (table.mode === 'in-place') {
    const live = await readLive(await world.session(place.target.node), place.target);
    const { definition } = live;
    const temporary = (name: string) => generatedName(`tidemark_${short}_${name}`, '', 'mysql');
    return {
      keys: definition.foreignKeys.map((key) => ({ key, stagedAs: temporary(key.name) })),
      triggers: definition.triggers,
      live: liveMark(live),
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
  const triggers = plan.triggers ? fragment.triggers : [];
  return { keys, triggers, live: null, self, autoIncrement: fragment.autoIncrement };
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

/** Null for a new table. What cannot be asked about is listed all the same: a copy that nobody lists is never dropped. */
export async function keptCopy(
  { world }: RestoreContext,
  table: PlanTable,
  record: PublishRecord,
): Promise<KeptCopy | null> {
  if (table.keptAs === null) return null;
  const pieces: KeptCopy['pieces'] = [];
  let bytes = 0;
  for (const { node, target, kept } of record.pieces) {
    if (kept === null) continue;
    const found = await (async () => {
      const session = await world.session(node);
      return (await tableExists(session, kept)) ? await tableBytes(session, kept) : null;
    })().catch(() => 0);
    if (found === null) continue;
    bytes += found;
    pieces.push({ node, database: kept.database, live: target.table, kept: kept.table });
  }
  return pieces.length === 0 ? null : { table: table.target, keptAs: table.keptAs, bytes, pieces };
}

export function publishReport(table: PlanTable, state: 'running' | 'done') {
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
