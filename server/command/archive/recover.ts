import { hasCode } from '#server/base/error.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import { rebuildLog } from '#server/engine/mysql/log-archive/rebuild.ts';
import { logTailPrefix, pieceOf, sequenceOf } from '#server/manifest/log-keys.ts';
import type { LogIndex, LogPlace, LogSeal } from '#server/manifest/log-schema.ts';
import { listLogSeals, readLogSeal } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';

/** What lies in the repository of a log, from which its archive goes on. Nothing else is needed to. */
export interface RecoveredLog {
  /** Of the segment that is to be sealed next. */
  readonly sequence: number;
  readonly previous: LogSeal['previous'];
  /** Where the sealed segments end; null: there are none. */
  readonly sealed: LogPlace | null;
  /** The tail behind them, each whole and proven, each where the one before it ended. */
  readonly pieces: readonly { readonly key: string; readonly index: LogIndex }[];
  /** Pieces that are in a segment by now, or that nothing leads to. */
  readonly leftovers: readonly string[];
  /** Of those, what is damaged, in words. */
  readonly damage: readonly string[];
}

/** Errors: those of the destination; a last seal that is damaged is `destination/object-damaged`. */
export async function recoverLog(storage: Storage, streamId: string): Promise<RecoveredLog> {
  const last = (await listLogSeals(storage, streamId)).at(-1);
  const sealed = last === undefined ? null : await readLogSeal(storage, streamId, last);
  const sequence = last === undefined ? 0 : last + 1;
  const place = sealed?.seal.summary.end ?? null;
  const tail = await listTail(storage, streamId);
  const pieces: RecoveredLog['pieces'][number][] = [];
  const damage: string[] = [];
  for (let end = place; ; ) {
    const key = tail.find((one) => one.sequence === sequence && one.piece === pieces.length)?.key;
    if (key === undefined) break;
    try {
      const index = await provenPiece(storage, key);
      if (index.summary.follows === 'bytes' && !begins(index, end)) break;
      pieces.push({ key, index });
      end = index.summary.end;
    } catch (error) {
      if (!hasCode(error, 'destination/object-damaged')) throw error;
      damage.push(error.message);
      break;
    }
  }
  const used = new Set(pieces.map(({ key }) => key));
  return {
    sequence,
    previous: sealed && { sequence: last!, sha256: sealed.sha256 },
    sealed: place,
    pieces,
    leftovers: tail.map(({ key }) => key).filter((key) => !used.has(key)),
    damage,
  };
}

async function listTail(storage: Storage, streamId: string) {
  const found: { key: string; sequence: number | null; piece: number | null }[] = [];
  for await (const { key } of storage.list(logTailPrefix(streamId))) {
    found.push({ key, sequence: sequenceOf(key), piece: pieceOf(key) });
  }
  return found;
}

/** Read through once: what is archived again from it must be right. */
async function provenPiece(storage: Storage, key: string): Promise<LogIndex> {
  const index = await readLogIndex(storage, key);
  for await (const _ of rebuildLog(storage, key, index));
  return index;
}

function begins({ summary }: LogIndex, end: LogPlace | null): boolean {
  if (end === null) return false;
  const { file, position } = summary.begin;
  // A server that was killed does not say which file comes next.
  if (position === '0') return file === (end.nextFile ?? file);
  return file === end.file && position === end.position;
}
