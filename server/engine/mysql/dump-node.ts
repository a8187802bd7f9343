import { pause } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { asTidemarkError, type TidemarkError } from '#server/base/error.ts';
import type { Position } from '#server/manifest/schema.ts';
import type { SegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { MysqlConnection } from './connection.ts';
import { type NodeSessions, openWorker } from './cut-sessions.ts';
import { readTriggersOf } from './definition-keys.ts';
import { inDefinitionSession } from './definition-session.ts';
import { FragmentTake, type FragmentToDump } from './fragment-take.ts';
import { definitionChangers, mayWaitFor } from './lock-wait.ts';
import { watchLocks } from './lock-watch.ts';
import { isSmallTake } from './open-take.ts';
import type { Pace } from './pace.ts';
import { appliedPosition, replicaPosition } from './replica-position.ts';
import { openSnapshot, snapshotPosition, withGtid } from './snapshot.ts';
import type { SqlSession } from './sql-session.ts';
import { notReached, TableReader } from './table-reader.ts';
import { snapshotTooOld } from './take-fault.ts';
import { TakeQueue } from './take-queue.ts';
import type { ReadSession } from './thread/read-session.ts';

/** What all nodes of one dump share. */
export interface DumpRun {
  readonly chunkBytes: number;
  readonly giveWayAfterMs: number;
  readonly maxTakes: number;
  readonly settleMs: number;
  readonly maxSnapshotAgeMs: number | undefined;
  readonly later: boolean;
  readonly pace: Pace | undefined;
  readonly clock: Clock;
  readonly abandon: AbortSignal;
  /** Aborted when nothing of the dump can be kept, or it is stopped: `fatal` tells why. */
  readonly halted: AbortSignal;
  openWriter(): SegmentWriter;
  onProgress(take: FragmentTake): void;
  onWaited(ms: number): void;
  onAgain(take: FragmentTake): void;
  fatal(error: TidemarkError): void;
}

/** Reads all fragments of one node; every take that comes back has ended, done or failed. Never throws. */
export async function dumpNode(
  sessions: NodeSessions,
  fragments: readonly FragmentToDump[],
  position: Position,
  run: DumpRun,
): Promise<FragmentTake[]> {
  const { coordinator, workers, releasesTables } = sessions;
  const takes = fragments.map((fragment) => new FragmentTake(fragment, position, run.later));
  await readTriggersAtOnce(coordinator, takes);
  const readers = workers.map((connection) => reader(connection, workers.length, sessions, run));
  await readTakes(readers, takes, { coordinator, releasesTables }, run);
  const ended: FragmentTake[] = [];
  let lost: TidemarkError | undefined;
  for (const take of takes) {
    if (!take.ended) take.end('again', notReached(take));
    if (take.state === 'again' && !run.halted.aborted) {
      run.onAgain(take);
      if (!lost) lost = await retake(take, sessions, run, ended);
      else ended.push(failedTake(take, lost));
    }
    if (take.state !== 'again') ended.push(take);
  }
  return ended;
}

/**
 * Triggers of tables whose definition is known already, just after the cut: asked for by database, because asking for
 * each table costs as much as reading a small one. Where that fails, each table is asked for when it is read.
 */
async function readTriggersAtOnce(coordinator: MysqlConnection, takes: readonly FragmentTake[]): Promise<void> {
  const known = takes.filter(({ fragment }) => fragment.known !== undefined);
  const databases = new Set(known.map(({ fragment }) => fragment.database));
  try {
    await inDefinitionSession(coordinator, async () => {
      for (const database of databases) {
        const found = await readTriggersOf(coordinator, database);
        for (const take of known.filter(({ fragment }) => fragment.database === database)) {
          take.triggers = found.get(take.fragment.table) ?? [];
        }
      }
    });
  } catch {
    // The takes that have none told of them read their own.
  }
}

/** From later moments of its own, until it succeeds or has been tried enough. Returns why the node is lost, if it is. */
async function retake(
  first: FragmentTake,
  sessions: NodeSessions,
  run: DumpRun,
  ended: FragmentTake[],
): Promise<TidemarkError | undefined> {
  const { node, threads, coordinator, releasesTables } = sessions;
  let last = first;
  let connection: ReadSession | undefined;
  try {
    for (let number = 2; number <= run.maxTakes && !run.halted.aborted; number++) {
      await waitUntilSettled(coordinator, last, run);
      connection ??= await openWorker(threads, node.access, run.abandon);
      await openSnapshot(connection);
      const position = await ownPosition(sessions, connection);
      const take = new FragmentTake(first.fragment, position, true);
      take.left.push(`${take.name} on ${node.name} is of a later moment than the rest: ${first.error!.message}`);
      const watcher = coordinator.failure ? connection : coordinator;
      await readTakes([reader(connection, 1, sessions, run)], [take], { coordinator: watcher, releasesTables }, run);
      last = take;
      if (take.state === 'done' || take.state === 'failed') break;
      if (!connection.failure) continue;
      await connection.close();
      connection = undefined;
    }
    if (last.state === 'again' || !last.ended) last = failedTake(first, last.error ?? first.error!);
    ended.push(last);
    return undefined;
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    ended.push(failedTake(first, error));
    return error;
  } finally {
    await connection?.close();
  }
}

/** In the primary's terms where the node is a replica. */
async function ownPosition(
  { primary, coordinator, serverId }: NodeSessions,
  snapshot: Parameters<typeof snapshotPosition>[0],
): Promise<Position> {
  if (!primary) return withGtid(snapshot, await snapshotPosition(snapshot));
  const told = await appliedPosition(coordinator, serverId);
  return (await replicaPosition({ primary, snapshots: [snapshot], told })).position;
}

function failedTake({ fragment, position }: FragmentTake, error: TidemarkError): FragmentTake {
  const take = new FragmentTake(fragment, position, true);
  take.end('failed', error);
  return take;
}

function reader(connection: ReadSession, readers: number, sessions: NodeSessions, run: DumpRun): TableReader {
  return new TableReader({
    connection,
    coordinator: sessions.coordinator,
    writer: run.openWriter(),
    releasesTables: sessions.releasesTables,
    chunkBytes: run.chunkBytes,
    readers,
    pace: run.pace,
    halted: run.halted,
    onProgress: run.onProgress,
    onFatal: run.fatal,
  });
}

async function readTakes(
  readers: readonly TableReader[],
  takes: readonly FragmentTake[],
  watch: { coordinator: SqlSession; releasesTables: boolean },
  run: DumpRun,
): Promise<void> {
  const isSmall = (take: FragmentTake) => !run.pace && watch.releasesTables && isSmallTake(take);
  const queue = new TakeQueue(takes, readers.length, isSmall);
  const halt = () => {
    queue.halt();
    for (const each of readers) each.halt();
  };
  run.halted.addEventListener('abort', halt, { once: true });
  if (run.halted.aborted) halt();
  const done = new AbortController();
  const { giveWayAfterMs, clock, onWaited } = run;
  const watching = watchLocks({ ...watch, readers, giveWayAfterMs, clock, onWaited }, done.signal);
  const ageing = endWhenOld(readers, takes, queue, run, done.signal);
  await Promise.all(readers.map((each) => each.run(queue)));
  done.abort();
  await Promise.all([watching, ageing]);
  // What is read again, and other nodes, may take hours: nobody keeps this snapshot meanwhile.
  await Promise.all(readers.map((each) => each.end()));
  run.halted.removeEventListener('abort', halt);
}

/** A snapshot that reaches its age is given up, and with it what was not read from it: the server may purge again. */
async function endWhenOld(
  readers: readonly TableReader[],
  takes: readonly FragmentTake[],
  queue: TakeQueue,
  { maxSnapshotAgeMs, halted }: DumpRun,
  done: AbortSignal,
): Promise<void> {
  if (maxSnapshotAgeMs === undefined) return;
  await pause(maxSnapshotAgeMs, done);
  if (done.aborted || halted.aborted) return;
  queue.halt();
  for (const take of takes) take.end('failed', snapshotTooOld(take.fragment, maxSnapshotAgeMs));
  for (const each of readers) each.sacrifice();
}

/** Lets those go first who are changing the table; they need it whole, we can wait. */
async function waitUntilSettled(coordinator: MysqlConnection, take: FragmentTake, run: DumpRun): Promise<void> {
  const { database, table } = take.fragment;
  const until = run.clock.monotonicMs() + run.settleMs;
  while (!run.halted.aborted && run.clock.monotonicMs() < until) {
    const changers = await definitionChangers(coordinator).catch(() => []);
    if (!changers.some((changer) => mayWaitFor(changer, database, table))) return;
    await pause(100, run.halted);
  }
}
