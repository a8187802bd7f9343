import { logSealKey } from '#server/manifest/log-keys.ts';
import { readLogSeal } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { ChangesCache } from './changes-cache.ts';
import { factsOf, type SealFacts } from './part-facts.ts';

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
