import { stopReason, throwIfStopped } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { asTidemarkError, type TidemarkError } from '#server/base/error.ts';
import type { StoredSegment } from '#server/pipeline/open-segment.ts';
import type { SegmentWriter } from '#server/pipeline/segment-writer.ts';
import type { TakenCut } from './cut.ts';
import { type DumpRun, dumpNode } from './dump-node.ts';
import type { DumpedFragment, FragmentTake, FragmentToDump } from './fragment-take.ts';
import type { Pace } from './pace.ts';

export interface DumpOptions<F extends FragmentToDump> {
  cut: TakenCut;
  fragments: readonly F[];
  /** Called once for every connection that reads. Its signal should be `stop`. */
  openWriter: () => SegmentWriter;
  /** Rows of a chunk, before compression. Default 64 MiB: less makes more objects' parts, more loses more to a retake. */
  chunkBytes?: number;
  /** How long a session may wait for a table we read before we let it go. Default 5 s. */
  giveWayAfterMs?: number;
  /** How often a table is read, in all, before it counts as failed. Default 3. */
  maxTakes?: number;
  /** How long a change of the table may go on before we read it again. Default 60 s. */
  settleMs?: number;
  /** How long a snapshot is held open; default for ever. What is not read by then fails with `backup/snapshot-too-old`. */
  maxSnapshotAgeMs?: number;
  /** The cut is not the backup's own but a later one: what is read from it is of an instant of its own. */
  later?: boolean;
  /** Slows the readers down; see Pace. */
  pace?: Pace;
  stop: AbortSignal;
  abandon: AbortSignal;
  clock: Clock;
  /** The longest wait for a table so far, whenever it grew. */
  onWaited?: (ms: number) => void;
  onProgress?: (fragment: F, progress: FragmentProgress) => void;
  /**
   * A fragment was read: what is told here is not kept for the result, so that memory does not grow with the number of
   * tables. When its promise fails the dump ends with that error; it is settled before the dump returns or throws.
   */
  onDone?: (fragment: F, dumped: DumpedFragment) => Promise<void>;
  /** A fragment's reading became void and it will be read again; the reason is a named error. */
  onAgain?: (fragment: F, reason: TidemarkError) => void;
}

export interface FragmentProgress {
  rows: bigint;
  rawBytes: number;
  /** The server's estimates; 0 when it has none. */
  expectedRows: number;
  expectedBytes: number;
  done: boolean;
}

export interface DumpResult<F extends FragmentToDump> {
  /** Every fragment asked for: read, or why not. Without those that `onDone` was told of. */
  fragments: Map<F, DumpedFragment | TidemarkError>;
  segments: StoredSegment[];
  /** The longest we saw a session wait for a table because we read it, in milliseconds; at most 0.2 s too long. */
  longestLockWaitMs: number;
}

/**
 * Reads fragments of all nodes of a cut in parallel, one table at a time per connection, big ones by several. Promises:
 * flat memory; a table's lock only while it is read, and let go when others wait for it; a fragment whose table was
 * changed is read again from a later moment of its own; a fragment that fails fails alone. When the destination fails, or
 * on `stop`, the error is thrown and no object stays.
 */
export async function dumpFragments<F extends FragmentToDump>(options: DumpOptions<F>): Promise<DumpResult<F>> {
  const { cut, stop } = options;
  throwIfStopped(stop);
  const writers: SegmentWriter[] = [];
  const halting = new AbortController();
  let fatal: TidemarkError | undefined;
  let longestLockWaitMs = 0;
  const handedOver: Promise<void>[] = [];
  const handOver = (take: FragmentTake) => {
    const told = options.onDone!(take.fragment as F, take.result());
    take.forget();
    handedOver.push(told.catch((error) => run.fatal(asTidemarkError(error))));
  };
  const run: DumpRun = {
    chunkBytes: options.chunkBytes ?? 64 * 1024 ** 2,
    giveWayAfterMs: options.giveWayAfterMs ?? 5_000,
    maxTakes: options.maxTakes ?? 3,
    settleMs: options.settleMs ?? 60_000,
    maxSnapshotAgeMs: options.maxSnapshotAgeMs,
    later: options.later ?? false,
    pace: options.pace,
    clock: options.clock,
    abandon: options.abandon,
    halted: halting.signal,
    openWriter: () => {
      const writer = options.openWriter();
      writers.push(writer);
      return writer;
    },
    onProgress: (take) => {
      const { fragment, rows, rawBytes, expectedRows, expectedBytes } = take;
      const done = take.state === 'done';
      options.onProgress?.(fragment as F, { rows, rawBytes, expectedRows, expectedBytes, done });
      if (done && options.onDone && !take.forgotten) handOver(take);
    },
    onWaited: (ms) => {
      if (ms <= longestLockWaitMs) return;
      longestLockWaitMs = ms;
      options.onWaited?.(ms);
    },
    onAgain: ({ fragment, error }) => options.onAgain?.(fragment as F, error!),
    fatal: (error) => {
      fatal ??= error;
      halting.abort();
    },
  };
  const onStop = () => run.fatal(stopReason(stop));
  stop.addEventListener('abort', onStop, { once: true });
  try {
    const takes = await Promise.all(
      cut.sessions.map((sessions, n) => {
        const own = options.fragments.filter((fragment) => fragment.node === sessions.node.name);
        return dumpNode(sessions, own, cut.cut.nodes[n]!.position, run);
      }),
    );
    await Promise.all(handedOver);
    if (fatal) throw fatal;
    const segments = (await Promise.all(writers.map((writer) => writer.close()))).flat();
    const kept = takes.flat().filter((take) => !take.forgotten);
    const fragments = new Map(
      kept.map((take) => [take.fragment as F, take.state === 'done' ? take.result() : take.error!]),
    );
    return { fragments, segments, longestLockWaitMs };
  } catch (error) {
    await Promise.allSettled([...handedOver, ...writers.map((writer) => writer.abort())]);
    throw asTidemarkError(error);
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
