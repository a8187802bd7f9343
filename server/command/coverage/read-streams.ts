import { asTidemarkError, hasCode } from '#server/base/error.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import {
  logOutlinesPrefix,
  logSealKey,
  logSealsPrefix,
  logsPrefix,
  logTailPrefix,
  pieceOf,
  sequenceOf,
  streamOf,
} from '#server/manifest/log-keys.ts';
import {
  type LogOutline,
  listsStatements,
  outlineOf,
  readLogOutlines,
  type SealedOutline,
  sealedOutlineOf,
} from '#server/manifest/log-outline.ts';
import { readLogSeal, readLogStream } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import { eachAtOnce } from './each-at-once.ts';
import { type ArchivedStream, type LogPart, type LostPart, lastBefore, logPoint } from './log-part.ts';

/** What was read of sealed segments, by the key of the seal: a seal never changes. */
export type SealCache = Map<string, KnownSeal>;
interface KnownSeal {
  readonly part: LogPart;
  readonly sealBytes: number;
  readonly segment: { readonly key: string; readonly bytes: number };
}

/** A destination on which the log of a cluster lies, or lay once. */
export interface StreamPlace {
  readonly storage: Storage;
  /** `seals`: of this destination. */
  readonly cache: { readonly seals: SealCache };
  /** The log is archived to another by now: how far it is there says nothing of what lies here. */
  readonly archivedElsewhere?: boolean;
}

/** What lies in the folder of one stream: bytes by key. */
type Listed = Map<string, number>;

/** `id` names its folder. */
export interface StoredStream extends ArchivedStream {
  readonly id: string;
}

/**
 * The log archive of a cluster, from the outlines of its segments, and where there are none from seals and from the
 * indexes of those segments alone that hold statements. What is damaged, missing or of a newer format is a lost part with
 * its reason; it hides nothing else. Errors: those of the destination.
 */
export async function readStreams(
  { storage, cache, archivedElsewhere = false }: StreamPlace,
  { clusterId, archivedUntil }: { clusterId: string; archivedUntil: ReadonlyMap<string, Date> },
): Promise<StoredStream[]> {
  const there = new Map<string, Listed>();
  for await (const { key, bytes } of storage.list(logsPrefix)) {
    const id = streamOf(key);
    if (id === null) continue;
    const listed = there.get(id) ?? new Map();
    there.set(id, listed.set(key, bytes));
  }
  const streams: StoredStream[] = [];
  for (const [id, listed] of there) {
    const stream = await readLogStream(storage, id).catch((error: unknown) => {
      // Without it a stream has not begun.
      if (hasCode(error, 'destination/object-missing')) return null;
      throw error;
    });
    if (stream?.cluster.id !== clusterId) continue;
    const sealed = await readSealed(storage, id, listed, cache.seals);
    const tail = await readTail(storage, id, listed, sealed.at(-1)?.sequence ?? -1);
    const archivedUntilMs = (archivedElsewhere ? undefined : archivedUntil.get(id))?.getTime() ?? null;
    streams.push({ id, node: stream.node, parts: [...sealed, ...tail], archivedUntilMs });
  }
  return streams;
}

async function readSealed(
  storage: Storage,
  streamId: string,
  listed: Listed,
  cache: SealCache,
): Promise<(LogPart | LostPart)[]> {
  const sequences = [...listed.keys()].filter((key) => key.startsWith(logSealsPrefix(streamId))).map(sequenceOf);
  const known = sequences.filter((sequence) => sequence !== null).sort((a, b) => a - b);
  await readOutlines(storage, streamId, listed, cache);
  // What was sealed while we listed may be missing from the tail and be no seal yet.
  for (let next = (known.at(-1) ?? -1) + 1; await isThere(storage, logSealKey(streamId, next), listed); next++) {
    known.push(next);
  }
  return eachAtOnce(known, async (sequence) => {
    const lost = (problem: string) => ({ sequence, piece: null, problem });
    try {
      const { part, segment } = await readSealedPart(storage, streamId, sequence, listed, cache);
      if (!(await isThere(storage, segment.key, listed))) return lost('it is missing on the destination');
      const bytes = listed.get(segment.key)!;
      if (bytes !== segment.bytes) return lost(`it has ${bytes} bytes, and was sealed with ${segment.bytes}`);
      return part;
    } catch (error) {
      return lost(problemOf(error));
    }
  });
}

/** Looks for what was not there yet when we listed, and remembers it. */
async function isThere(storage: Storage, key: string, listed: Listed): Promise<boolean> {
  if (listed.has(key)) return true;
  const found = await storage.stat(key);
  if (found) listed.set(key, found.bytes);
  return found !== null;
}

/** Those that were not read before. They say nothing that seals do not: one that cannot be read is none. */
async function readOutlines(storage: Storage, streamId: string, listed: Listed, cache: SealCache): Promise<void> {
  const firsts = [...listed.keys()].filter((key) => key.startsWith(logOutlinesPrefix(streamId))).map(sequenceOf);
  const unread = firsts.filter((first) => first !== null && !cache.has(logSealKey(streamId, first)));
  await eachAtOnce(unread, async (first) => {
    const outlines = await readLogOutlines(storage, streamId, first!).catch((error: unknown) => {
      problemOf(error);
      return [];
    });
    for (const outline of outlines) {
      if (outline.statements === null) continue;
      cache.set(logSealKey(streamId, outline.sequence), knownOf(outline));
    }
  });
}

async function readSealedPart(
  storage: Storage,
  streamId: string,
  sequence: number,
  listed: Listed,
  cache: SealCache,
): Promise<KnownSeal> {
  const sealKey = logSealKey(streamId, sequence);
  const known = cache.get(sealKey);
  // Of another length it is not what was read: it is read again, and says what is wrong with it.
  if (known && known.sealBytes === listed.get(sealKey)) return known;
  const { seal, sha256, bytes } = await readLogSeal(storage, streamId, sequence);
  const { key, index: place } = seal.segment;
  const index = listsStatements(seal.summary) ? await readLogIndex(storage, key, place) : null;
  const read = knownOf(sealedOutlineOf(seal, { bytes, sha256 }, index));
  cache.set(sealKey, read);
  return read;
}

function knownOf(outline: SealedOutline): KnownSeal {
  const { seal, segment, previous } = outline;
  return { part: { ...partOf(outline), sha256: seal.sha256, previous }, sealBytes: seal.bytes, segment };
}

/** What lies behind the last seal, up to where a piece is missing: pieces go when they are sealed. */
async function readTail(
  storage: Storage,
  streamId: string,
  listed: Listed,
  sealed: number,
): Promise<(LogPart | LostPart)[]> {
  const pieces = [...listed.keys()]
    .filter((key) => key.startsWith(logTailPrefix(streamId)))
    .map((key) => ({ key, sequence: sequenceOf(key), piece: pieceOf(key) }))
    .filter(({ sequence, piece }) => sequence === sealed + 1 && piece !== null)
    .sort((a, b) => a.piece! - b.piece!);
  const read = await eachAtOnce(pieces, async ({ key, piece }) => {
    try {
      const index = await readLogIndex(storage, key);
      return { ...partOf(outlineOf(index.summary, index)), sha256: null, previous: null };
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

function partOf(outline: LogOutline): Omit<LogPart, 'sha256' | 'previous'> {
  const { sequence, piece, follows, gap, begin, end, firstAt, receivedAt, clockSkewMs, incidents } = outline;
  return {
    ...{ sequence, piece, follows, gap, clockSkewMs },
    server: end.server,
    begin: logPoint({ file: begin.file, offset: begin.position }, begin.gtids),
    end: logPoint({ file: end.file, offset: end.position }, end.gtids),
    firstMs: firstAt === null ? null : Date.parse(firstAt),
    receivedMs: receivedAt === null ? null : Date.parse(receivedAt),
    committedMs: lastBefore(end.time, clockSkewMs),
    incident: incidents > 0,
    statements: outline.statements ?? [],
    statementsLeftOut: outline.statementsLeftOut,
  };
}
