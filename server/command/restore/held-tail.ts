import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { NodeCut } from '#server/engine/mysql/log-cut/log-cut.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { pieceOf } from '#server/manifest/log-keys.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import type { NodeLogs } from './node-logs.ts';
import type { PointCut } from './point-cut.ts';

/** Logs whose objects nobody removes while they are read. */
export interface HeldLogs {
  readonly logs: NodeLogs;
  /** Removes what was copied. */
  close(): Promise<void>;
}

/** Where an attempt keeps what it copied: in a folder named by it, below `scratchFolder`. */
export interface TailPlace {
  readonly scratchFolder: string;
  readonly attemptId: string;
}

const prefix = 'log-tail-';
const folderOf = ({ scratchFolder, attemptId }: TailPlace) => join(scratchFolder, `${prefix}${attemptId}`);

/**
 * Copies the pieces of the tail that the cut reads: an archive removes them when it seals the segment they become,
 * minutes later, and a restore may read on for hours. Segments stay where they are, and so does what lies behind the
 * cut or is of a node whose rows nobody wants. A tail is never more than two segments' worth of log. Errors:
 * `destination/object-missing` when a piece has gone already; those of the archive's destination; `scratch/unusable`.
 */
export async function holdTail({ cut, logs }: PointCut, place: TailPlace, signal: AbortSignal): Promise<HeldLogs> {
  let scratch: Storage | undefined;
  const close = async () => {
    await scratch?.close();
    if (scratch) await removeTails(place.scratchFolder, [place.attemptId]);
  };
  const hold = async (object: LogObject): Promise<LogObject> => {
    scratch ??= await openScratch(place);
    await copy(object, scratch, place, signal);
    return { ...object, storage: scratch };
  };
  try {
    const held = [];
    for (const node of logs.logs) {
      const isWanted = readsOf(cut.nodes.get(node.node));
      const log = [];
      for (const object of node.log) log.push(isWanted(object) ? await hold(object) : object);
      held.push({ ...node, log });
    }
    return { logs: { ...logs, logs: held }, close };
  } catch (error) {
    // Why it could not be held is what counts; what stays of it goes when the job has ended.
    await close().catch(() => {});
    throw error;
  }
}

/** Whether an object is a piece of the tail that is read for the rows of a node. */
function readsOf(cut: NodeCut | undefined): (object: LogObject) => boolean {
  if (!cut?.begin) return () => false;
  const [first, last] = [cut.begin.sequence, cut.end.sequence];
  return ({ key, index: { summary } }) =>
    pieceOf(key) !== null && summary.sequence >= first && summary.sequence <= last;
}

/** The attempts that have a tail there. Errors: `scratch/unusable`. */
export async function tailsIn(scratchFolder: string): Promise<string[]> {
  try {
    const names = await readdir(scratchFolder);
    return names.flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw unusable(scratchFolder, error);
  }
}

/** Removes what these attempts copied, where there is any of it. Errors: `scratch/unusable`. */
export async function removeTails(scratchFolder: string, attemptIds: readonly string[]): Promise<void> {
  for (const attemptId of attemptIds) {
    try {
      await rm(folderOf({ scratchFolder, attemptId }), { recursive: true, force: true });
    } catch (error) {
      throw unusable(scratchFolder, error);
    }
  }
}

async function openScratch(place: TailPlace): Promise<Storage> {
  const path = folderOf(place);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await openStorage({ kind: 'fs', path });
  } catch (error) {
    throw unusable(place.scratchFolder, error);
  }
}

/** What is wrong with the archive's destination is told as that, what is wrong here as ours. */
async function copy(
  { storage, key }: LogObject,
  scratch: Storage,
  { scratchFolder }: TailPlace,
  signal: AbortSignal,
): Promise<void> {
  let isTheirs = false;
  async function* bytes() {
    try {
      yield* storage.read(key, undefined, { signal });
    } catch (error) {
      isTheirs = true;
      throw error;
    }
  }
  try {
    await scratch.write(key, bytes(), { signal });
  } catch (error) {
    if (isTheirs || signal.aborted) throw error;
    throw unusable(scratchFolder, error);
  }
}

function unusable(folder: string, cause: unknown): TidemarkError {
  const isFull = hasCode(cause, 'destination/full');
  const message = isFull ? `the scratch folder ${folder} is full` : `the scratch folder ${folder} cannot be used`;
  return new TidemarkError('scratch/unusable', message, { context: { folder }, cause });
}
