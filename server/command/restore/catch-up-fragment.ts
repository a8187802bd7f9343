import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import type { LoadMarks } from '#server/engine/mysql/load-marks.ts';
import type { ChangeFold } from '#server/engine/mysql/merge/change-fold.ts';
import { RowMerge } from '#server/engine/mysql/merge/row-merge.ts';
import { rowRuns } from '#server/engine/mysql/row-runs.ts';
import type { Staged } from '#server/engine/mysql/staging.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import type { Storage } from '#server/storage/contract.ts';
import { defaultsOf, foldLog } from './catch-up.ts';
import type { RestoreContext } from './context.ts';
import { foreignClosure } from './foreign-closure.ts';
import type { FragmentProgress } from './fragment-progress.ts';
import { LoggedSequences } from './logged-sequences.ts';

/** What the log makes of a fragment's rows, and the merge that they pass through while they are loaded. */
export interface CaughtUp {
  readonly fold: ChangeFold;
  readonly merge: RowMerge;
  /** Bytes that were read of the archive for it: of header streams, and of the frames of its tables. */
  readonly read: Record<'headers' | 'rows', number>;
  /** Gives back what lies in scratch files. */
  close(): Promise<void>;
}

/** null: the restore is to the backup's own instant. Errors: those of foldLog. */
export async function catchUp(
  context: RestoreContext,
  session: MysqlConnection,
  { staged, fragment }: { staged: Staged; fragment: FragmentFile },
  progress: FragmentProgress,
): Promise<CaughtUp | null> {
  const { attempt, point, storage, timings } = context;
  if (!point) return null;
  progress.phase('log');
  const before = attempt.clock.monotonicMs();
  const { cut, scratchFolder, manifest } = point;
  const signal = attempt.cancellation.stop;
  const read = { headers: 0, rows: 0 };
  const sequences = new LoggedSequences(fragment.sequences);
  const fold = await foldLog(fragment, {
    ...{ cut, scratchFolder, sequences, signal },
    closure: await foreignClosure(storage, manifest, fragment),
    rowsOf: (one) => storedRuns(storage, one, signal),
    defaults: () => defaultsOf(session, staged.at, fragment),
    onRead: progress.read,
    onBytes: (bytes, of) => {
      read[of] += bytes;
    },
  });
  await sequences.raise(session);
  const { rows, digest } = fragment;
  const merge = await RowMerge.begin(fold, { rows: BigInt(rows), digest });
  timings.catchUpMs += attempt.clock.monotonicMs() - before;
  return {
    fold,
    merge,
    read,
    close: async () => {
      await merge.close();
      await fold.close();
    },
  };
}

async function* storedRuns(storage: Storage, { chunks }: FragmentFile, signal: AbortSignal): AsyncGenerator<Buffer> {
  for (const chunk of chunks) yield* rowRuns(readChunk(storage, chunk, { signal }));
}

/**
 * Whether a load can go on behind what is there. What comes behind the last chunk comes in the same order only while all
 * changes are in memory.
 */
export function goesOn(marks: LoadMarks | undefined, { chunks }: FragmentFile, { frozen }: ChangeFold): boolean {
  return frozen.length === 0 || !marks?.there.has(chunks.length);
}

/** The next AUTO_INCREMENT value: above every one that the log names. */
export function nextNumber(recorded: string | null, highest: bigint | null): string | null {
  if (recorded === null || highest === null || highest < BigInt(recorded)) return recorded;
  return String(highest + 1n);
}
