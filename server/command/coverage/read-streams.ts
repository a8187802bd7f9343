import { asTidemarkError, hasCode } from '#server/base/error.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import {
  logSealKey,
  logSealsPrefix,
  logsPrefix,
  logTailPrefix,
  pieceOf,
  sequenceOf,
  streamOf,
} from '#server/manifest/log-keys.ts';
import type { LogIndex, LogSummary } from '#server/manifest/log-schema.ts';
import { readLogSeal, readLogStream } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import { eachAtOnce } from './each-at-once.ts';
import { type ArchivedStream, type LogPart, type LostPart, lastBefore, logPoint } from './log-part.ts';

/** What was read of sealed segments, by the key of the seal: a seal never changes. */
export type SealCache = Map<string, { part: LogPart; segmentKey: string }>;

/** `id` names its folder. */
export interface StoredStream extends ArchivedStream {
  readonly id: string;
}

/**
 * The log archive of a cluster, from seals, and from the indexes of those segments alone that hold statements. What is
 * damaged, missing or of a newer format is a lost part with its reason; it hides nothing else. Errors: those of the
 * destination.
 */
export async function readStreams(
  storage: Storage,
  clusterId: string,
  cache: SealCache,
  archivedUntil: ReadonlyMap<string, Date>,
): Promise<StoredStream[]> {
  const there = new Map<string, Set<string>>();
  for await (const { key } of storage.list(logsPrefix)) {
    const id = streamOf(key);
    if (id === null) continue;
    const keys = there.get(id) ?? new Set();
    there.set(id, keys.add(key));
  }
  const streams: StoredStream[] = [];
  for (const [id, keys] of there) {
    const stream = await readLogStream(storage, id).catch((error: unknown) => {
      // Without it a stream has not begun.
      if (hasCode(error, 'destination/object-missing')) return null;
      throw error;
    });
    if (stream?.cluster.id !== clusterId) continue;
    const sealed = await readSealed(storage, id, keys, cache);
    const tail = await readTail(storage, id, keys, sealed.at(-1)?.sequence ?? -1);
    const archivedUntilMs = archivedUntil.get(id)?.getTime() ?? null;
    streams.push({ id, node: stream.node, parts: [...sealed, ...tail], archivedUntilMs });
  }
  return streams;
}

async function readSealed(
  storage: Storage,
  streamId: string,
  listed: ReadonlySet<string>,
  cache: SealCache,
): Promise<(LogPart | LostPart)[]> {
  const sequences = [...listed].filter((key) => key.startsWith(logSealsPrefix(streamId))).map(sequenceOf);
  const known = sequences.filter((sequence) => sequence !== null).sort((a, b) => a - b);
  // What was sealed while we listed may be missing from the tail and be no seal yet.
  for (let next = (known.at(-1) ?? -1) + 1; (await storage.stat(logSealKey(streamId, next))) !== null; next++) {
    known.push(next);
  }
  return eachAtOnce(known, async (sequence) => {
    try {
      const { part, segmentKey } = await readSealedPart(storage, streamId, sequence, cache);
      if (listed.has(segmentKey) || (await storage.stat(segmentKey)) !== null) return part;
      return { sequence, piece: null, problem: 'it is missing on the destination' };
    } catch (error) {
      return { sequence, piece: null, problem: problemOf(error) };
    }
  });
}

async function readSealedPart(storage: Storage, streamId: string, sequence: number, cache: SealCache) {
  const key = logSealKey(streamId, sequence);
  const known = cache.get(key);
  if (known) return known;
  const { seal, sha256 } = await readLogSeal(storage, streamId, sequence);
  const { summary, segment, previous } = seal;
  const { definitions, textChanges } = summary.counts;
  const index = definitions + textChanges > 0 ? await readLogIndex(storage, segment.key, segment.index) : null;
  const read = { part: { ...partOf(summary, index), sha256, previous }, segmentKey: segment.key };
  cache.set(key, read);
  return read;
}

/** What lies behind the last seal, up to where a piece is missing: pieces go when they are sealed. */
async function readTail(
  storage: Storage,
  streamId: string,
  listed: ReadonlySet<string>,
  sealed: number,
): Promise<(LogPart | LostPart)[]> {
  const pieces = [...listed]
    .filter((key) => key.startsWith(logTailPrefix(streamId)))
    .map((key) => ({ key, sequence: sequenceOf(key), piece: pieceOf(key) }))
    .filter(({ sequence, piece }) => sequence === sealed + 1 && piece !== null)
    .sort((a, b) => a.piece! - b.piece!);
  const read = await eachAtOnce(pieces, async ({ key, piece }) => {
    try {
      const index = await readLogIndex(storage, key);
      return { ...partOf(index.summary, index), sha256: null, previous: null };
    } catch (error) {
      if (hasCode(error, 'destination/object-missing')) return null;
      return { sequence: sealed + 1, piece, problem: problemOf(error) };
    }
  });
  const missing = read.findIndex((part, number) => part === null || part.piece !== number);
  return read.slice(0, missing < 0 ? read.length : missing).filter((part) => part !== null);
}

/** What an object is lost for; anything else is thrown again. */
function problemOf(thrown: unknown): string {
  const error = asTidemarkError(thrown);
  if (lost.has(error.code)) return error.message;
  throw error;
}

const lost: ReadonlySet<string> = new Set([
  'destination/object-damaged',
  'destination/object-missing',
  'destination/newer-format',
]);

function partOf(summary: LogSummary, index: LogIndex | null): Omit<LogPart, 'sha256' | 'previous'> {
  const { sequence, piece, follows, gap, begin, end, times, received, clockSkewMs, counts } = summary;
  return {
    ...{ sequence, piece, follows, gap, clockSkewMs },
    server: { id: end.server.id, uuid: end.server.uuid },
    begin: logPoint({ file: begin.file, offset: begin.position }, begin.gtids),
    end: logPoint({ file: end.file, offset: end.position }, end.gtids),
    firstMs: times && Date.parse(times.first),
    receivedMs: received && Date.parse(received.last),
    committedMs: lastBefore(end.time, clockSkewMs),
    incident: counts.incidents > 0,
    statements: index?.statements.filter(({ kind }) => kind !== 'other') ?? [],
    statementsLeftOut: index !== null && index.statementsLeftOut.definition + index.statementsLeftOut.change > 0,
  };
}
