import { asTidemarkError, hasCode } from '#server/base/error.ts';
import type { UnknownSpan } from '#server/contract/changes.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import { logSealKey, logSealsPrefix, logTailPrefix, pieceOf, sequenceOf } from '#server/manifest/log-keys.ts';
import type { Storage } from '#server/storage/contract.ts';
import { eachAtOnce } from '../coverage/each-at-once.ts';
import type { ChangesCache } from './changes-cache.ts';
import { type PartChanges, type PieceName, partChanges } from './part-changes.ts';
import { factsOf, type PartFacts } from './part-facts.ts';
import { firstReaching, readSealFacts } from './seal-facts.ts';
import { type ReadPart, unknownSpans } from './unknown-spans.ts';

export interface StreamQuestion {
  readonly id: string;
  readonly node: string;
  /** Of all its objects. */
  readonly keys: readonly string[];
  readonly pieces: readonly PieceName[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly cache: ChangesCache;
  readonly signal?: AbortSignal;
}

export interface StreamChanges {
  readonly parts: readonly PartChanges[];
  readonly unknown: readonly UnknownSpan[];
  /** Milliseconds; null: it holds nothing. */
  readonly archived: { readonly fromMs: number; readonly untilMs: number } | null;
}

/** What one node's log says of a table in a span. Errors: those of the destination. */
export async function readStreamChanges(storage: Storage, question: StreamQuestion): Promise<StreamChanges> {
  const { id, keys, fromMs, toMs } = question;
  const sealed = keys.filter((key) => key.startsWith(logSealsPrefix(id))).flatMap((key) => sequenceOf(key) ?? []);
  sealed.sort((a, b) => a - b);
  let tail = await readTail(storage, question, (sealed.at(-1) ?? -1) + 1);
  // The pieces of what is sealed go: what became of them while we read.
  for (let next = (sealed.at(-1) ?? -1) + 1; (await storage.stat(logSealKey(id, next))) !== null; next++) {
    sealed.push(next);
    tail = [];
  }
  const seal = (at: number) => readSeal(storage, question, sealed[at]!);
  const endMsOf = async (at: number) => (await seal(at)).facts?.endMs ?? null;
  const first = await firstReaching(sealed.length, fromMs, endMsOf);
  const last = await firstReaching(sealed.length, toMs, endMsOf);
  const within = sealed.slice(first, last + 1);
  // Whether the first one goes on where the one before it ended.
  const before = first > 0 ? [await seal(first - 1)] : [];
  const segments = await eachAtOnce(within, (sequence) => readSegment(storage, question, sequence));
  const parts = [...segments, ...(first + within.length === sealed.length ? tail : [])];
  const ends = await Promise.all(sealed.length > 0 ? [seal(0), seal(sealed.length - 1)] : []);
  return {
    parts: parts.flatMap(({ changes }) => changes ?? []),
    unknown: unknownSpans([...before, ...parts], question),
    archived: archivedOf([...ends, ...tail]),
  };
}

function archivedOf(parts: readonly ReadPart[]): StreamChanges['archived'] {
  const facts = parts.flatMap((part) => part.facts ?? []);
  const fromMs = facts.find(({ firstMs }) => firstMs !== null)?.firstMs;
  const untilMs = facts.findLast(({ lastMs }) => lastMs !== null)?.lastMs;
  return fromMs != null && untilMs != null ? { fromMs, untilMs } : null;
}

async function readSeal(storage: Storage, { id, cache }: StreamQuestion, sequence: number): Promise<ReadPart> {
  const part = { sequence, piece: null, changes: null };
  try {
    return { ...part, facts: await readSealFacts(storage, id, sequence, cache), problem: null };
  } catch (error) {
    return { ...part, facts: null, problem: problemOf(error) };
  }
}

async function readSegment(storage: Storage, question: StreamQuestion, sequence: number): Promise<ReadPart> {
  const { id, cache, pieces, signal } = question;
  const part = { sequence, piece: null };
  let facts: PartFacts | null = null;
  try {
    const seal = await readSealFacts(storage, id, sequence, cache);
    facts = seal;
    const name = JSON.stringify([seal.key, pieces]);
    const known = cache.parts.get(name);
    const only = ofPieces(pieces);
    const changes = known ?? partChanges(await readLogIndex(storage, seal.key, seal.place, { signal, only }), pieces);
    if (!known) cache.parts.set(name, changes);
    return { ...part, facts, changes, problem: null };
  } catch (error) {
    return { ...part, facts, changes: null, problem: problemOf(error) };
  }
}

/** What lies behind the last seal, up to where a piece is missing. */
async function readTail(storage: Storage, question: StreamQuestion, sequence: number): Promise<ReadPart[]> {
  const { id, keys, pieces, signal } = question;
  const listed = keys
    .filter((key) => key.startsWith(logTailPrefix(id)) && sequenceOf(key) === sequence)
    .map((key) => ({ key, piece: pieceOf(key) ?? -1 }))
    .sort((a, b) => a.piece - b.piece);
  const read = await eachAtOnce(listed, async ({ key, piece }): Promise<ReadPart | null> => {
    try {
      const index = await readLogIndex(storage, key, undefined, { signal, only: ofPieces(pieces) });
      const facts = factsOf(index.summary);
      return { sequence, piece, facts, changes: partChanges(index, pieces), problem: null };
    } catch (error) {
      if (hasCode(error, 'destination/object-missing')) return null;
      return { sequence, piece, facts: null, changes: null, problem: problemOf(error) };
    }
  });
  const missing = read.findIndex((part, at) => part?.piece !== at);
  return read.slice(0, missing < 0 ? read.length : missing).filter((part) => part !== null);
}

const ofPieces = (pieces: readonly PieceName[]) => (one: PieceName) =>
  pieces.some(({ database, table }) => database === one.database && table === one.table);

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
