import { pause } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { lockWaiters, mayWaitFor } from './lock-wait.ts';
import type { SqlSession } from './sql-session.ts';
import type { TableReader } from './table-reader.ts';
import { gaveWay } from './take-fault.ts';

/** How often we look: the measure of a wait is at most this much too long. */
const lookEveryMs = 200;

export interface LockWatchOptions {
  coordinator: SqlSession;
  readers: readonly TableReader[];
  releasesTables: boolean;
  /** A session has waited this long for a table that we read: the table is let go, now. */
  giveWayAfterMs: number;
  clock: Clock;
  onWaited: (ms: number) => void;
}

/**
 * Looks after those who wait for a table's metadata lock while we read, until `done` aborts. Never throws: a node that
 * cannot be asked any more will be noticed by its readers.
 */
export async function watchLocks(options: LockWatchOptions, done: AbortSignal): Promise<void> {
  const firstSeen = new Map<string, number>();
  while (!done.aborted) {
    try {
      await look(options, firstSeen);
    } catch {
      if (options.coordinator.failure) return;
    }
    await pause(lookEveryMs, done);
  }
}

async function look(options: LockWatchOptions, firstSeen: Map<string, number>): Promise<void> {
  const { coordinator, readers, clock } = options;
  const waiters = await lockWaiters(coordinator);
  const now = clock.monotonicMs();
  const present = new Set(waiters.map(({ id, statement }) => `${id} ${statement}`));
  for (const known of firstSeen.keys()) if (!present.has(known)) firstSeen.delete(known);
  for (const waiter of waiters) {
    const seen = `${waiter.id} ${waiter.statement}`;
    const waitedFor = readers.filter((reader) =>
      reader.holds.some((take) => mayWaitFor(waiter, take.fragment.database, take.fragment.table)),
    );
    if (waitedFor.length === 0) continue;
    if (!firstSeen.has(seen)) firstSeen.set(seen, now);
    const waitedMs = now - firstSeen.get(seen)!;
    options.onWaited(waitedMs + lookEveryMs);
    if (waitedMs >= options.giveWayAfterMs) giveWay(waitedFor, waitedMs, options.releasesTables);
  }
}

function giveWay(readers: readonly TableReader[], waitedMs: number, releasesTables: boolean): void {
  for (const reader of readers) {
    reader.current?.end('again', gaveWay(reader.current.fragment, waitedMs));
    if (releasesTables) reader.interrupt();
    else reader.sacrifice();
  }
}
