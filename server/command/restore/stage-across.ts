import { throwIfStopped } from '#server/base/abort.ts';
import type { PlanFragment, PlanTable } from '#server/contract/restore.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readFragmentDefinition } from '#server/engine/mysql/definition.ts';
import { digestTable } from '#server/engine/mysql/digest-table.ts';
import type { TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { loadFragment } from '#server/engine/mysql/load.ts';
import { ChangeFold } from '#server/engine/mysql/merge/change-fold.ts';
import type { ExpectedRows } from '#server/engine/mysql/merge/merge-digest.ts';
import { mergeTable } from '#server/engine/mysql/merge/merge-table.ts';
import { RowMerge } from '#server/engine/mysql/merge/row-merge.ts';
import {
  dropScratch,
  finishStaged,
  scratchDatabase,
  takeUpStaged,
  withoutAutoIncrement,
} from '#server/engine/mysql/staging.ts';
import { raiseCounter } from '#server/engine/mysql/table-history/apply-changes.ts';
import { type Carried, carryAcross, joinedSpans } from '#server/engine/mysql/table-history/carry-across.ts';
import { carryTriggers } from '#server/engine/mysql/table-history/carry-triggers.ts';
import { makeScratch, stageBase } from '#server/engine/mysql/table-history/staged-base.ts';
import { StagedNames } from '#server/engine/mysql/table-history/staged-names.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { defaultsOf } from './catch-up.ts';
import type { RestoreContext } from './context.ts';
import { type FragmentProgress, fragmentProgress } from './fragment-progress.ts';
import type { PointHistory } from './point-history.ts';
import { raiseSequences, readSpan } from './read-span.ts';
import { refuseOtherRows } from './same-rows.ts';
import type { StagedFragment, StageExtras } from './stage-fragment.ts';

/** A fragment that was carried across the statements of its history, without its foreign keys. */
export interface AcrossFragment {
  /** As it was at the point. */
  readonly fragment: FragmentFile;
  /**
   * Adds what it is to have and reads it once more; the scratch database is dropped when this fails. Errors:
   * `restore/not-equal`; those of the node.
   */
  finish(extras: StageExtras): Promise<StagedFragment>;
}

/** Beyond those that `scratchNames` gives: names of a history may clash with those of other tables. */
const firstOwnScratch = 1_000_000;
const mostPieces = 10_000;

/**
 * One fragment whose definition changed between the backup and the point: staged as it was first, loaded with what the
 * log says up to the first statement, and carried across each of them. In a scratch database of its own, which is
 * dropped when this fails. Errors: those of `carryAcross` and of the node; `job/cancelled`.
 */
export async function stageAcross(
  context: RestoreContext,
  table: PlanTable,
  place: PlanFragment,
  fragment: FragmentFile,
  known: PointHistory,
): Promise<AcrossFragment> {
  const { attempt, world } = context;
  const { stop } = attempt.cancellation;
  const { access } = world.node(place.target.node);
  const ordinal = firstOwnScratch + context.plan.tables.indexOf(table) * mostPieces + place.index;
  const scratch = scratchDatabase(attempt.attemptId, ordinal);
  const progress = fragmentProgress(attempt, table, place);
  const over = <T>(work: (session: MysqlConnection) => Promise<T>): Promise<T> =>
    context.slots.use(place.target.node, 1, async () => {
      throwIfStopped(stop);
      await attempt.lease.assertHeld();
      const session = await openMysqlConnection(access, { signal: stop, localData: true });
      try {
        return await work(session);
      } catch (error) {
        progress.failed();
        throw error;
      } finally {
        await session.close();
      }
    });
  const orDrop = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      const session = await openMysqlConnection(access, { signal: attempt.cancellation.abandon }).catch(() => null);
      await session?.execute('SET SESSION lock_wait_timeout = 5').catch(() => {});
      await (session && dropScratch(session, scratch).catch(() => {}));
      await session?.close();
      throw error;
    }
  };
  return orDrop(async () => {
    const carried = await over((session) => carry(context, session, { fragment, known, scratch, progress }));
    const found = await over((session) => definitionOf(session, carried, fragment));
    const isOther = known.history.spans.some(({ crossing }) => crossing?.effect === 'created');
    const before = isOther ? [] : (known.base?.triggers ?? []);
    const triggers = context.plan.triggers
      ? await over((session) => carryTriggers(session, carried.at, before, known.history.triggers))
      : before;
    return {
      fragment: { ...found, foreignKeys: carried.foreignKeys, triggers: [...triggers] },
      finish: (extras) =>
        orDrop(() => over((session) => finish(context, session, { carried, fragment: found, extras, progress }))),
    };
  });
}

interface CarryWork {
  readonly fragment: FragmentFile;
  readonly known: PointHistory;
  readonly scratch: string;
  readonly progress: FragmentProgress;
}

async function carry(context: RestoreContext, session: MysqlConnection, work: CarryWork): Promise<Carried> {
  const { attempt, point, timings } = context;
  const { known, scratch, progress, fragment } = work;
  const names = new StagedNames(scratch);
  progress.phase('definition');
  if (known.base) await stageBase(session, names, known.base);
  else await makeScratch(session, names, fragment.databaseCollation);
  const loaded = known.history.base === 'rows' ? await loadBase(context, session, work, known.base!) : null;
  progress.phase('log');
  const before = attempt.clock.monotonicMs();
  const carried = await carryAcross({
    ...{ connection: session, names, history: known.history, staged: loaded?.expected ?? null },
    ...{ scratchFolder: point!.scratchFolder, signal: attempt.cancellation.stop },
    readSpan: (span, fold) => readSpan(context, work, known.history.spans.indexOf(span), fold),
  });
  await raiseSequences(context, session, fragment, carried);
  timings.catchUpMs += attempt.clock.monotonicMs() - before;
  return { ...carried, loggedRows: carried.loggedRows + (loaded?.loggedRows ?? 0) };
}

/** The rows of the backup, with what the log says of them up to the first statement. */
async function loadBase(
  context: RestoreContext,
  session: MysqlConnection,
  work: CarryWork,
  base: FragmentFile,
): Promise<{ expected: ExpectedRows; loggedRows: number }> {
  const { attempt, point, storage, timings, pace } = context;
  const { stop: signal } = attempt.cancellation;
  const at = { database: work.scratch, table: base.table };
  const defaults = await defaultsOf(session, at, base);
  const fold = new ChangeFold(mergeTable(base, defaults), { scratchFolder: point!.scratchFolder });
  try {
    work.progress.phase('log');
    for (let n = 0; n < joinedSpans(work.known.history); n++) await readSpan(context, work, n, fold);
    const merge = await RowMerge.begin(fold, { rows: BigInt(base.rows), digest: base.digest });
    try {
      work.progress.phase('rows');
      const before = attempt.clock.monotonicMs();
      await loadFragment({
        ...{ connections: [session], ...at, columns: base.columns, chunks: base.chunks, changes: merge, signal },
        readChunk: (chunk) => readChunk(storage, chunk, { signal }),
        onRows: work.progress.add,
        ...(pace && { pace }),
      });
      timings.baseMs += attempt.clock.monotonicMs() - before;
      // Before any statement: some take it over, others set it back. No row may be left of the highest number.
      if (fold.highestCounter !== null) await raiseCounter(session, at, base.autoIncrement, fold.highestCounter);
      return { expected: merge.finish(), loggedRows: fold.loggedRows };
    } finally {
      await merge.close();
    }
  } finally {
    await fold.close();
  }
}

/** As the table stands, once its foreign keys are off: they refer to nothing here. */
async function definitionOf(session: MysqlConnection, { at, definition }: Carried, fragment: FragmentFile) {
  await takeUpStaged(session, at, '', definition);
  const { database, table } = fragment;
  const now = await readFragmentDefinition(session, at.database, at.table);
  return { ...fragment, ...now, database, table };
}

async function finish(
  { attempt, timings }: RestoreContext,
  session: MysqlConnection,
  work: { carried: Carried; fragment: FragmentFile; extras: StageExtras; progress: FragmentProgress },
): Promise<StagedFragment> {
  const { carried, fragment, extras, progress } = work;
  const { at, expected, loggedRows } = carried;
  progress.phase('indexes');
  const began = attempt.clock.monotonicMs();
  const next = fragment.autoIncrement;
  const baseline = next === null ? fragment.createTable : withoutAutoIncrement(fragment.createTable, next);
  const staged = await takeUpStaged(session, at, baseline, fragment);
  await finishStaged(session, staged, { ...fragment, autoIncrement: extras.autoIncrement }, extras);
  timings.indexMs += attempt.clock.monotonicMs() - began;
  progress.phase('compare');
  const found = await compare(session, at, fragment, expected, progress);
  progress.done();
  return { at, ...found, changes: loggedRows };
}

async function compare(
  session: MysqlConnection,
  { database, table }: TableAt,
  fragment: FragmentFile,
  expected: ExpectedRows,
  progress: FragmentProgress,
): Promise<{ rows: bigint; digest: string }> {
  const columns = expected.columns.map((n) => fragment.columns[n]!);
  const found = await digestTable(session, database, table, columns, { onRows: progress.add });
  const recorded = { table: fragment.table, rows: String(expected.rows), digest: expected.digest };
  refuseOtherRows(session.node, recorded, found, 'what backup and log give');
  return found;
}
