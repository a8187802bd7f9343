import { z } from 'zod';
import type { Storage } from '#server/storage/contract.ts';
import { logOutlinesKey } from './log-keys.ts';
import {
  type LogIndex,
  type LogSeal,
  type LogSummary,
  logFormat,
  logPlace,
  logSeal,
  logStatement,
  logSummary,
} from './log-schema.ts';
import { damagedObject, parseObject } from './parse.ts';
import { checkSelfDigest, withSelfDigest } from './self-digest.ts';
import { storeObject } from './store.ts';

/** Segments that one object outlines: enough to read few of them, few enough to be gathered between two segments. */
export const segmentsPerOutlines = 32;
/** Of one segment; what is longer is left in its index. */
const mostStatementChars = 65_536;

const at = z.iso.datetime({ offset: true });
const count = z.number().int().min(0);

/** What of a segment says which instants it holds and what a restore could not cross there. */
const logOutline = logSummary
  .pick({ sequence: true, piece: true, follows: true, gap: true, begin: true, clockSkewMs: true })
  .extend({
    end: logPlace
      .pick({ file: true, position: true, gtids: true, time: true })
      .extend({ server: logPlace.shape.server.pick({ id: true, uuid: true }) }),
    /** Time of its first group, and when its last event came. */
    firstAt: at.nullable(),
    receivedAt: at.nullable(),
    incidents: count,
    /** Those that change definitions, or rows without saying which. null: too long to repeat, its index has them. */
    statements: z.array(logStatement).nullable(),
    statementsLeftOut: z.boolean(),
  });
export type LogOutline = z.infer<typeof logOutline>;

const sealedOutline = logOutline.extend({
  /** Of the seal itself. */
  seal: z.object({ bytes: count, sha256: logSeal.shape.segment.shape.sha256 }),
  segment: logSeal.shape.segment.omit({ sha256: true }),
  previous: logSeal.shape.previous,
});
/** Of a sealed segment: all that its seal says besides, to find the segment and to prove the chain. */
export type SealedOutline = z.infer<typeof sealedOutline>;

/**
 * `logs/<stream>/outlines/<first>.json`: what seals and indexes of segments say, gathered, so that a month of them is read
 * at once. It says nothing new, and may be missing.
 */
const outlinesFile = z.object({
  format: z.literal(logFormat),
  stream: z.string(),
  first: count,
  outlines: z.array(sealedOutline),
});

/** `index`: null where the counts say that it lists none. */
export function outlineOf(summary: LogSummary, index: LogIndex | null): LogOutline {
  const { sequence, piece, follows, gap, begin, end, times, received, clockSkewMs, counts } = summary;
  const { server, file, position, gtids, time } = end;
  const left = index?.statementsLeftOut;
  return {
    ...{ sequence, piece, follows, gap, begin, clockSkewMs, incidents: counts.incidents },
    end: { server: { id: server.id, uuid: server.uuid }, file, position, gtids, time },
    firstAt: times?.first ?? null,
    receivedAt: received?.last ?? null,
    statements: index?.statements.filter(({ kind }) => kind !== 'other') ?? [],
    statementsLeftOut: left !== undefined && left.definition + left.change > 0,
  };
}

/** Whether the index of a segment lists what `outlineOf` takes from it. */
export const listsStatements = ({ counts }: LogSummary): boolean => counts.definitions + counts.textChanges > 0;

/** The same of a sealed segment; `seal.bytes` and `sha256` are those of the object that holds the seal. */
export function sealedOutlineOf(
  { summary, segment, previous }: LogSeal,
  seal: SealedOutline['seal'],
  index: LogIndex | null,
): SealedOutline {
  const { sha256: _, ...place } = segment;
  return { ...outlineOf(summary, index), seal, segment: place, previous };
}

/** Writes what was gathered of the segments from `first` on. Errors: `destination/object-exists`. */
export async function publishLogOutlines(
  storage: Storage,
  streamId: string,
  first: number,
  outlines: readonly SealedOutline[],
): Promise<void> {
  const kept = outlines.map((outline) => {
    const chars = outline.statements?.reduce((sum, { sql }) => sum + sql.length, 0) ?? 0;
    return chars > mostStatementChars ? { ...outline, statements: null } : outline;
  });
  const file = { format: logFormat, stream: streamId, first, outlines: kept } as const;
  await storeObject(storage, logOutlinesKey(streamId, first), file, outlinesFile, withSelfDigest);
}

/** Errors: `destination/object-missing`, `destination/object-damaged`, `destination/newer-format`, naming the object. */
export async function readLogOutlines(storage: Storage, streamId: string, first: number): Promise<SealedOutline[]> {
  const key = logOutlinesKey(streamId, first);
  const bytes = await storage.readAll(key);
  const file = parseObject(key, bytes, outlinesFile);
  checkSelfDigest(key, bytes);
  if (file.stream !== streamId || file.first !== first) throw damagedObject(key, `it is of ${file.stream}`);
  return file.outlines;
}
