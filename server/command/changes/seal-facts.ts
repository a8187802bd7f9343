import type { IndexPlace } from '#server/engine/mysql/log-archive/read-index.ts';
import { logSealKey } from '#server/manifest/log-keys.ts';
import type { LogSummary } from '#server/manifest/log-schema.ts';
import { readLogSeal } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { ChangesCache } from './changes-cache.ts';

/** What is known of a segment, or of a piece of the tail, apart from tables. Milliseconds since 1970, of the server's clock. */
export interface PartFacts {
  readonly sequence: number;
  /** Of its groups, first and last; without any, when it came. null: nothing did. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  /** No group up to its end is later. */
  readonly endMs: number;
  /** Why it does not go on where the one before it ended; null: it does, or nothing is before it. */
  readonly gap: string | null;
}

export interface SealFacts extends PartFacts {
  readonly key: string;
  readonly place: IndexPlace;
}

export function factsOf({ sequence, times, received, end, follows, gap, stream }: LogSummary): PartFacts {
  const span = times ?? received;
  const broken = follows === 'gap' || (follows === 'nothing' && sequence > 0);
  return {
    sequence,
    firstMs: span && Date.parse(span.first),
    lastMs: span && Date.parse(span.last),
    endMs: end.time * 1000 + 999,
    gap: broken ? (gap?.message ?? `the log of node ${stream.node} was begun anew`) : null,
  };
}

/** Errors: those of `readLogSeal`. */
export async function readSealFacts(
  storage: Storage,
  streamId: string,
  sequence: number,
  cache: ChangesCache,
): Promise<SealFacts> {
  const name = logSealKey(streamId, sequence);
  const known = cache.seals.get(name);
  if (known) return known;
  const { summary, segment } = (await readLogSeal(storage, streamId, sequence)).seal;
  const { key, index } = segment;
  const facts: SealFacts = { ...factsOf(summary), key, place: index };
  cache.seals.set(name, facts);
  return facts;
}

/**
 * The first of `count` parts in the order of the log that does not end before an instant; `count`: all do. `endMsOf` says
 * null of one that cannot be read. Reads few: the times of a log only grow.
 */
export async function firstReaching(
  count: number,
  ms: number,
  endMsOf: (at: number) => Promise<number | null>,
): Promise<number> {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    let probe = middle;
    let endMs = await endMsOf(probe);
    while (endMs === null && probe + 1 < high) endMs = await endMsOf(++probe);
    if (endMs === null || endMs >= ms) high = middle;
    else low = probe + 1;
  }
  return low;
}
