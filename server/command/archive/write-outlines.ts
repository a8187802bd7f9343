import { hasCode } from '#server/base/error.ts';
import { readLogIndex } from '#server/engine/mysql/log-archive/read-index.ts';
import { logOutlinesPrefix, sequenceOf } from '#server/manifest/log-keys.ts';
import {
  listsStatements,
  publishLogOutlines,
  type SealedOutline,
  sealedOutlineOf,
  segmentsPerOutlines,
} from '#server/manifest/log-outline.ts';
import { readLogSeal } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { ArchiveAttempt } from './command.ts';

/**
 * To be called when a segment was sealed: gathers the outlines of those that are complete with it. Errors:
 * `job/lease-lost`, the destination's.
 */
export async function outlineUpTo(
  attempt: Pick<ArchiveAttempt, 'lease'>,
  storage: Storage,
  streamId: string,
  sealed: number,
): Promise<void> {
  const next = sealed + 1;
  if (next % segmentsPerOutlines === 0) await writeOutlines(attempt, storage, streamId, next - segmentsPerOutlines);
}

/**
 * Gathers what is missing of the outlines of a stream whose next segment is `sequence`. Errors: `job/lease-lost`, the
 * destination's.
 */
export async function writeMissingOutlines(
  attempt: Pick<ArchiveAttempt, 'lease'>,
  storage: Storage,
  streamId: string,
  sequence: number,
): Promise<void> {
  const there = new Set<number | null>();
  for await (const { key } of storage.list(logOutlinesPrefix(streamId))) there.add(sequenceOf(key));
  for (let first = 0; first + segmentsPerOutlines <= sequence; first += segmentsPerOutlines)
    if (!there.has(first)) await writeOutlines(attempt, storage, streamId, first);
}

/** One after the other: an index may be large. Where a seal or an index cannot be used, those who look read what is left. */
async function writeOutlines(
  { lease }: Pick<ArchiveAttempt, 'lease'>,
  storage: Storage,
  streamId: string,
  first: number,
): Promise<void> {
  try {
    const outlines: SealedOutline[] = [];
    for (let sequence = first; sequence < first + segmentsPerOutlines; sequence++) {
      const { seal, sha256, bytes } = await readLogSeal(storage, streamId, sequence);
      const { key, index: place } = seal.segment;
      const index = listsStatements(seal.summary) ? await readLogIndex(storage, key, place) : null;
      outlines.push(sealedOutlineOf(seal, { bytes, sha256 }, index));
    }
    await lease.assertHeld();
    await publishLogOutlines(storage, streamId, first, outlines);
  } catch (error) {
    if (!passing.some((code) => hasCode(error, code))) throw error;
  }
}

/** Of what is gathered; and another run has written the same. */
const passing = [
  'destination/object-damaged',
  'destination/object-missing',
  'destination/newer-format',
  'destination/object-exists',
] as const;
