import { throwIfStopped } from '#server/base/abort.ts';
import type { PlanFragment, PlanTable } from '#server/contract/restore.ts';
import { rollsBack } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { digestTable } from '#server/engine/mysql/digest-table.ts';
import type { ForeignKey, TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { quoteIdentifier } from '#server/engine/mysql/identifier.ts';
import { loadFragment } from '#server/engine/mysql/load.ts';
import { createMarks, type LoadMarks } from '#server/engine/mysql/load-marks.ts';
import type { ExpectedRows } from '#server/engine/mysql/merge/merge-digest.ts';
import type { RowMerge } from '#server/engine/mysql/merge/row-merge.ts';
import { createStaged, dropStaged, finishStaged, type Staged, takeUpStaged } from '#server/engine/mysql/staging.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { isMarked, marksTable } from './adopt-loads.ts';
import { type CaughtUp, catchUp, goesOn, nextNumber } from './catch-up-fragment.ts';
import type { RestoreContext } from './context.ts';
import { type FragmentProgress, fragmentProgress } from './fragment-progress.ts';
import { refuseOtherRows } from './same-rows.ts';

/** What goes onto a staged table besides its rows: decided by what it will become. */
export interface StageExtras {
  keys: { key: ForeignKey; stagedAs: string }[];
  /** The table a key must be on to count as referring to itself. */
  self: TableAt;
  /** The value AUTO_INCREMENT must not stay below; null where there is none. */
  autoIncrement: string | null;
}

/** A staged fragment: where it is, and what was read of it. */
export interface StagedFragment {
  at: TableAt;
  rows: bigint;
  digest: string;
  /** Rows that the log changed, each as often as it did. */
  changes: number;
  /** Bytes that were read of the log archive. Absent where they were not counted. */
  read?: Record<'headers' | 'rows', number>;
}

/**
 * One fragment from the backup into the named scratch database, which it makes: definition, log, rows, indexes,
 * comparison. What is returned equals what the backup recorded, or what the log made of it, row for row, by count and
 * digest. Errors: `restore/not-equal`, `destination/object-damaged` naming the object, those of foldLog and of the node;
 * `job/cancelled` within the row being loaded.
 */
export async function stageFragment(
  context: RestoreContext,
  table: PlanTable,
  place: PlanTable['fragments'][number],
  fragment: FragmentFile,
  extras: StageExtras,
  scratch: string,
): Promise<StagedFragment> {
  const { attempt, world } = context;
  const { stop } = attempt.cancellation;
  const progress = fragmentProgress(attempt, table, place);
  const access = world.node(place.target.node).access;
  return context.slots.use(place.target.node, Math.max(1, fragment.chunks.length), async (slots) => {
    throwIfStopped(stop);
    await attempt.lease.assertHeld();
    const sessions: MysqlConnection[] = [];
    let caught: CaughtUp | null = null;
    const open = async () => {
      const session = await openMysqlConnection(access, { signal: stop, localData: true });
      sessions.push(session);
      return session;
    };
    try {
      progress.phase('definition');
      const admin = await open();
      const what = { table, place, fragment, scratch };
      let made = await makeOrTakeUp(context, admin, what);
      caught = await catchUp(context, admin, { staged: made.staged, fragment }, progress);
      if (caught && !goesOn(made.marks, fragment, caught.fold)) made = await makeAnew(context, admin, what);
      const { staged, marks } = made;
      // One connection is enough for one chunk, and opening another costs more than a small table.
      const loading = slots === 1 ? [admin] : await allOf(Array.from({ length: slots }, open));
      await loadRows(context, { at: staged.at, marks, fragment, merge: caught?.merge }, loading, progress);
      progress.phase('indexes');
      const began = attempt.clock.monotonicMs();
      const autoIncrement = nextNumber(extras.autoIncrement, caught?.fold.highestCounter ?? null);
      await finishStaged(admin, staged, { ...fragment, autoIncrement }, extras);
      const indexed = attempt.clock.monotonicMs();
      context.timings.indexMs += indexed - began;
      progress.phase('compare');
      const found = await compare(sessions.at(-1)!, staged.at, fragment, caught?.merge.finish() ?? null, progress);
      context.timings.compareMs += attempt.clock.monotonicMs() - indexed;
      progress.done();
      return { at: staged.at, ...found, changes: caught?.fold.loggedRows ?? 0, ...(caught && { read: caught.read }) };
    } catch (error) {
      progress.failed();
      throw error;
    } finally {
      await caught?.close();
      await Promise.all(sessions.map((session) => session.close()));
    }
  });
}

/** The first error only when all have ended: one that is still being opened would be closed by nobody. */
async function allOf<T>(opening: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(opening);
  return Promise.all(opening);
}

interface WhatToMake {
  table: PlanTable;
  place: PlanFragment;
  fragment: FragmentFile;
  scratch: string;
}

/** Drops what was taken over. */
async function makeAnew(
  context: RestoreContext,
  admin: MysqlConnection,
  what: WhatToMake,
): Promise<{ staged: Staged; marks: LoadMarks | undefined }> {
  const { at } = context.adopted.get(what.place)!;
  context.adopted.delete(what.place);
  await dropStaged(admin, at);
  const marks = marksTable(context.plan.tables.indexOf(what.table), what.place.index);
  await dropStaged(admin, { ...at, table: marks });
  return makeOrTakeUp(context, admin, { ...what, scratch: at.database });
}

/** Large tables keep marks, so that a later attempt can go on; small ones, and engines that do not roll back, do not. */
async function makeOrTakeUp(
  context: RestoreContext,
  admin: MysqlConnection,
  what: WhatToMake,
): Promise<{ staged: Staged; marks: LoadMarks | undefined }> {
  const { table, place, fragment, scratch } = what;
  const adopted = context.adopted.get(place);
  if (adopted) {
    const staged = await takeUpStaged(admin, adopted.at, adopted.baseline, fragment);
    return { staged, marks: adopted.marks };
  }
  const staged = await createStaged(admin, scratch, fragment);
  const name = marksTable(context.plan.tables.indexOf(table), place.index);
  const isTaken = context.plan.tables.some(({ fragments }) =>
    fragments.some(({ source }) => source.table.toLowerCase() === name),
  );
  const marked = isMarked(place) && !isTaken && (await rollsBack(admin, staged.at));
  const at = { database: staged.at.database, table: name };
  return { staged, marks: marked ? await createMarks(admin, at, staged.baseline) : undefined };
}

async function loadRows(
  context: RestoreContext,
  {
    at,
    marks,
    fragment,
    merge,
  }: { at: TableAt; marks: LoadMarks | undefined; fragment: FragmentFile; merge: RowMerge | undefined },
  connections: readonly MysqlConnection[],
  progress: FragmentProgress,
): Promise<void> {
  const { attempt, storage, timings } = context;
  const { stop } = attempt.cancellation;
  progress.phase('rows');
  const before = attempt.clock.monotonicMs();
  // The process list then shows whose sessions these are, and the next attempt can end them.
  await Promise.all(connections.map((session) => session.execute(`USE ${quoteIdentifier(at.database)}`)));
  const { path } = await loadFragment({
    connections,
    ...at,
    columns: fragment.columns,
    chunks: fragment.chunks,
    readChunk: (chunk) => readChunk(storage, chunk, { signal: stop }),
    onRows: progress.add,
    ...(merge && { changes: merge }),
    ...(marks && { marks }),
    ...(context.pace && { pace: context.pace }),
    signal: stop,
  });
  if (path === 'insert') tellOfInserts(context, connections[0]!.node, at.table);
  timings.baseMs += attempt.clock.monotonicMs() - before;
}

function tellOfInserts({ attempt }: RestoreContext, node: string, table: string): void {
  const why = `${node} takes neither bulk execute nor LOAD DATA LOCAL (local_infile is off)`;
  attempt.event('info', `${table} was loaded by INSERT, which is slower: ${why}`);
}

async function compare(
  session: MysqlConnection,
  { database, table }: TableAt,
  fragment: FragmentFile,
  expected: ExpectedRows | null,
  progress: FragmentProgress,
): Promise<{ rows: bigint; digest: string }> {
  // What the log leaves out of computed columns nobody can know beforehand.
  const columns = expected ? expected.columns.map((n) => fragment.columns[n]!) : fragment.columns;
  const found = await digestTable(session, database, table, columns, { onRows: progress.add });
  if (!expected) refuseOtherRows(session.node, fragment, found);
  else {
    const recorded = { ...fragment, rows: String(expected.rows), digest: expected.digest };
    refuseOtherRows(session.node, recorded, found, 'what backup and log give');
  }
  return found;
}
