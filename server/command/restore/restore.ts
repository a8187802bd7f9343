import { throwIfStopped } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, TidemarkError, toFailure } from '#server/base/error.ts';
import { type ErrorCode, errorTable } from '#server/base/error-table.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { PlanTable, RestorePlan } from '#server/contract/restore.ts';
import { countedReads } from '#server/engine/mysql/table-log/counted-reads.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { FragmentFile, Manifest } from '#server/manifest/schema.ts';
import { type Attempt, isHandingBack } from '../attempt.ts';
import { adoptLoads } from './adopt-loads.ts';
import { batchesOf, type WaitingTable } from './batches.ts';
import type { RestoreCommand, RestoreResult } from './command.ts';
import type { RestoreContext } from './context.ts';
import { dropForgottenScratch } from './forgotten-scratch.ts';
import { holdTail, removeTails } from './held-tail.ts';
import { type LoadPace, paceLoads } from './load-pace.ts';
import { NodeSlots } from './node-slots.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { patiently } from './patience.ts';
import { plannedCut } from './point-cut.ts';
import { nameComputingSession } from './publish.ts';
import { pieceState } from './publish-piece.ts';
import { loadRecord, type PublishRecord } from './publish-record.ts';
import { recheck, requestOf } from './recheck.ts';
import { requestsAhead } from './requests-ahead.ts';
import { restoreBatch } from './restore-batch.ts';
import { finishPublishing, keptCopy, type RestoredTable } from './restore-table.ts';
import { scratchNames } from './scratch-names.ts';
import { dropOwnScratch, dropScratchOf, endEarlierAttempts } from './take-over.ts';
import { halfPublished, undoPublishing } from './undo-publishing.ts';
import { againWhenSealed } from './when-sealed.ts';
import { openWorld, type TargetWorld } from './world.ts';

/** Tables at work at once; connections are bounded by the plan, this bounds what is open besides them. */
const tablesAtOnce = 4;

/**
 * Runs a restore plan. Each table ends on its own: visible and equal to what the backup recorded, or absent with its
 * error. Errors, with nothing changed: `backup/not-found`, `restore/checks-failed`, those of the target's nodes;
 * `job/cancelled` when nothing had become visible. `job/lease-lost` leaves everything to the attempt that has it now.
 */
export async function restore(attempt: Attempt, command: RestoreCommand): Promise<RestoreResult> {
  const { plan, storage, target } = command;
  const began = attempt.clock.monotonicMs();
  refuseFailedChecks(plan);
  const { logBin } = plan;
  const world = await openWorld(target, { signal: attempt.cancellation.abandon, clock: attempt.clock, logBin });
  const context = openContext(attempt, command, world);
  let pacing: LoadPace | undefined;
  try {
    if (world.computing) await nameComputingSession(world.computing, attempt);
    await endEarlierAttempts(context);
    const { manifest } = await readManifest(storage, plan.backup.id);
    context.point = await openPoint(context, command, manifest);
    pacing = await paceLoads(attempt, world, plan);
    context.pace = pacing.pace;
    const finished = await finishEarlier(context, manifest);
    // What lies there may be the one copy of what could be neither finished nor undone.
    if (![...finished.values()].some(isBetween)) {
      if (!attempt.cancellation.stop.aborted) await adoptLoads(context, (index) => !finished.has(index));
      if (!isHandingBack(attempt)) await dropScratchOf(context, attempt.earlierAttempts);
    }
    // What others left was logged when it was made, and so must be its end.
    if (logBin) await dropForgottenScratch(context);
    const results = await restoreRest(context, manifest, finished);
    const { baseMs, catchUpMs, indexMs, compareMs } = context.timings;
    const totalMs = attempt.clock.monotonicMs() - began;
    return {
      tables: results.map((result) => result.outcome),
      kept: [...results.flatMap((result) => result.kept ?? []), ...[...context.undone.values()].flat()],
      timings: {
        baseMs: Math.round(baseMs),
        catchUpMs: Math.round(catchUpMs),
        indexMs: Math.round(indexMs),
        compareMs: Math.round(compareMs),
        totalMs: Math.round(totalMs),
      },
    };
  } catch (error) {
    if (hasCode(error, 'job/lease-lost')) await dropOwnScratch(context);
    throw error;
  } finally {
    await pacing?.close();
    await context.point?.close();
    await world.close();
  }
}

function openContext(attempt: Attempt, { plan, storage, onKept }: RestoreCommand, world: TargetWorld): RestoreContext {
  const adopted: RestoreContext['adopted'] = new Map();
  const nameScratch = scratchNames(attempt.attemptId);
  return {
    attempt,
    plan,
    storage,
    world,
    slots: new NodeSlots(plan.parallel),
    computingTurn: new OneAtATime(),
    undone: new Map(),
    onKept: onKept ?? (async () => {}),
    timings: { baseMs: 0, catchUpMs: 0, indexMs: 0, compareMs: 0 },
    point: null,
    pace: undefined,
    adopted,
    scratchOf: (place) => adopted.get(place)?.at.database ?? nameScratch(place),
  };
}

/**
 * What earlier attempts held of the log is read by nobody any more, and goes first: there may be no room for both. Errors:
 * `restore/plan-stale` when the logs are not what they were; those of pointCut and holdTail.
 */
async function openPoint(
  { attempt, plan, storage }: RestoreContext,
  { catchUp }: RestoreCommand,
  manifest: Manifest,
): Promise<RestoreContext['point']> {
  if (plan.log === null) return null;
  if (!catchUp) throw new TidemarkError('restore/plan-stale', 'the cluster has no log archive any more');
  const fragments: FragmentFile[] = [];
  for (const { tableId, problem } of plan.tables) {
    const entry = problem === null && manifest.tables.find(({ id }) => id === tableId);
    if (entry) fragments.push(...(await readTableFile(storage, manifest.id, entry)).fragments);
  }
  const { stop: signal } = attempt.cancellation;
  let decidedBytes = 0;
  const count = (bytes: number) => {
    decidedBytes += bytes;
  };
  const places = catchUp.logs.places.map((one) => ({ ...one, storage: countedReads(one.storage, count) }));
  const { scratchFolder } = catchUp;
  const { attemptId, earlierAttempts } = attempt;
  await removeTails(scratchFolder, earlierAttempts);
  const decided = await againWhenSealed(async () => {
    decidedBytes = 0;
    const cut = await plannedCut({ ...catchUp.logs, places }, manifest, fragments, plan, { signal });
    return cut && { cut, held: await holdTail(cut, { scratchFolder, attemptId }, signal) };
  });
  if (!decided) return null;
  const { cut, held } = decided;
  return { cut: { ...cut, logs: held.logs }, decidedBytes, manifest, scratchFolder, close: held.close };
}

/** A table's problem is its own; what is bad about a node or the backup stops everything. */
function refuseFailedChecks({ checks }: RestorePlan): void {
  const failed = checks.filter((check) => check.state === 'bad' && !check.id.startsWith('table/'));
  if (failed.length === 0) return;
  throw new TidemarkError(
    'restore/checks-failed',
    failed.map((check) => `${check.label}: ${check.detail}`).join('; '),
    {
      hint: failed.map((check) => check.fix).join(' '),
    },
  );
}

/** What earlier attempts of this job have made visible, or had begun to: that is finished before anything else. */
async function finishEarlier(context: RestoreContext, manifest: Manifest): Promise<Map<number, RestoredTable>> {
  const finished = new Map<number, RestoredTable>();
  if (context.attempt.earlierAttempts.length === 0) return finished;
  for (const [index, table] of context.plan.tables.entries()) {
    const record = await loadRecord(context.attempt, index);
    if (record === null) continue;
    if (record.undone.length > 0) context.undone.set(index, record.undone);
    if (record.state === 'undone') continue;
    if (record.state === 'published') {
      finished.set(index, { outcome: record.outcome, kept: await keptCopy(context, table, record) });
      continue;
    }
    const ended = await outcomeOf(context, table, async () => {
      if (record.state === 'undoing' || (await isGone(context, record))) {
        context.attempt.event('info', `an earlier attempt was taking ${table.target} back: finishing that`);
        await undoPublishing(context, index, record, new TidemarkError('job/cancelled', 'an earlier attempt gave up'));
        return null;
      }
      context.attempt.event('info', `an earlier attempt was publishing ${table.target}: finishing that`);
      return finishPublishing(context, index, table, await requestOf(context, table, manifest), record);
    });
    if (ended) finished.set(index, ended);
  }
  return finished;
}

/**
 * Nothing of it is left anywhere: it was undone, and only that could not be written down. Errors:
 * `restore/half-published`, because a node that cannot be asked may have some of it.
 */
async function isGone({ world, attempt }: RestoreContext, record: PublishRecord): Promise<boolean> {
  const look = async () => {
    for (const piece of record.pieces) {
      if ((await pieceState(await world.session(piece.node), piece)) !== 'gone') return false;
    }
    return true;
  };
  return await patiently(attempt, look, ({ retryable }) => retryable).catch((error: unknown) => {
    if (hasCode(error, 'job/lease-lost')) throw error;
    throw halfPublished(record, 'an earlier attempt stopped in the middle', asTidemarkError(error));
  });
}

async function restoreRest(
  context: RestoreContext,
  manifest: Manifest,
  finished: Map<number, RestoredTable>,
): Promise<RestoredTable[]> {
  const { attempt, plan } = context;
  const results = new Map(finished);
  const waiting: WaitingTable[] = [];
  try {
    // Every table is looked at once more before the first one is begun.
    for await (const { index, table, asked } of requestsAhead(context, manifest, (n) => results.has(n))) {
      const failed = await outcomeOf(context, table, async () => {
        throwIfStopped(attempt.cancellation.stop);
        refusePlanned(table);
        const request = await asked;
        await recheck(context, table, request, manifest);
        waiting.push({ index, table, request });
        return null;
      });
      if (failed) results.set(index, failed);
    }
    const batches = batchesOf(waiting, plan);
    const work = async () => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) {
        const rests = await restoreBatch(context, batch);
        for (const [n, { index, table }] of batch.entries()) {
          const restored = await outcomeOf(context, table, rests[n]!);
          results.set(index, restored);
          tell(context, restored.outcome);
        }
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: tablesAtOnce }, work));
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  } catch (error) {
    // Whoever holds the job now finishes or drops what lies in scratch; we must not touch it.
    if (!hasCode(error, 'job/lease-lost')) await cleanUp(context, [...results.values()]);
    throw error;
  }
  const inOrder = plan.tables.map((_, index) => results.get(index)!);
  await cleanUp(context, inOrder);
  // What is visible, kept or between two states must be told, also by a job that was cancelled.
  const hasChanged =
    context.undone.size > 0 || inOrder.some((result) => result.outcome.outcome === 'succeeded' || isBetween(result));
  if (!hasChanged) throwIfStopped(attempt.cancellation.stop);
  return inOrder;
}

function refusePlanned({ problem }: PlanTable): void {
  if (problem === null) return;
  const code = problem.code in errorTable ? (problem.code as ErrorCode) : 'restore/checks-failed';
  throw new TidemarkError(code, problem.message, { hint: problem.hint });
}

const isBetween = ({ outcome }: RestoredTable) => outcome.error?.code === 'restore/half-published';

/**
 * Scratch stays only where it may hold the one copy of something, between two states of a publication, and where another
 * attempt goes on with it.
 */
async function cleanUp(context: RestoreContext, results: readonly RestoredTable[]): Promise<void> {
  if (results.some(isBetween)) return;
  const { attempt, plan } = context;
  const isWhole =
    results.length === plan.tables.length && results.every(({ outcome }) => outcome.outcome === 'succeeded');
  if (isHandingBack(attempt) && !isWhole) return;
  try {
    await attempt.lease.assertHeld();
  } catch (error) {
    // Tables may be live by now: what they are must be told, so this is no failure.
    attempt.log.warn('scratch databases are left: the lease is lost or could not be asked', { error });
    if (hasCode(error, 'job/lease-lost')) await dropOwnScratch(context);
    return;
  }
  // Earlier attempts once more: one that slept through our beginning may have made another.
  await dropScratchOf(context, [...attempt.earlierAttempts, attempt.attemptId]);
}

/** Errors: `job/lease-lost` only; everything else is the table's own. */
async function outcomeOf<T extends RestoredTable | null>(
  context: RestoreContext,
  table: PlanTable,
  work: () => Promise<T>,
): Promise<T | RestoredTable> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, 'job/lease-lost')) throw error;
    context.attempt.log.warn('a table was not restored', { table: table.source, error });
    const { code, message, hint } = toFailure(error);
    return {
      outcome: {
        source: table.source,
        target: table.target,
        outcome: 'failed',
        rows: 0,
        rawBytes: 0,
        storedBytes: 0,
        fragments: table.fragments.length,
        digest: null,
        keptAs: null,
        notes: [],
        error: { code, message, hint },
      },
      kept: null,
    };
  }
}

function tell({ attempt, plan }: RestoreContext, outcome: TableOutcome): void {
  if (outcome.outcome === 'succeeded') {
    const to = plan.log ? `what backup and log give at ${plan.log.at}` : 'the backup';
    attempt.event('good', `${outcome.target}: ${outcome.rows} rows, equal to ${to}`);
  } else attempt.event('bad', `${outcome.source} was not restored: ${outcome.error?.message}`);
}
