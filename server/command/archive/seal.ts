import type { StoredObject } from '#server/engine/mysql/log-archive/frame-pump.ts';
import { logSegmentsPrefix, logTailPrefix, sequenceOf } from '#server/manifest/log-keys.ts';
import { type LogSeal, type LogSummary, logFormat } from '#server/manifest/log-schema.ts';
import { publishLogSeal } from '#server/manifest/log-store.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { ArchiveAttempt } from './command.ts';
import { outlineUpTo } from './write-outlines.ts';

/**
 * Makes a segment that was written one: its seal is the last object of it. Then what it was before, pieces of the tail,
 * and what other attempts may have written of it, is in nobody's way and goes. Errors: `destination/object-exists`
 * where another attempt was first; `job/lease-lost`.
 */
export async function sealSegment(
  attempt: ArchiveAttempt,
  storage: Storage,
  written: { stored: StoredObject; summary: LogSummary },
  previous: LogSeal['previous'],
): Promise<NonNullable<LogSeal['previous']>> {
  const { stored, summary } = written;
  const { sequence } = summary;
  const { key, bytes, sha256, index } = stored;
  await attempt.lease.assertHeld();
  const seal = await publishLogSeal(storage, {
    format: logFormat,
    summary,
    segment: { key, bytes, sha256, index },
    previous,
    sealedAt: attempt.clock.now().toISOString(),
  });
  await removeUnsealed(storage, summary, key);
  await outlineUpTo(attempt, storage, summary.stream.id, sequence);
  return { sequence, sha256: seal.sha256 };
}

async function removeUnsealed(storage: Storage, { stream, sequence }: LogSummary, sealedKey: string): Promise<void> {
  const digits = String(sequence).padStart(10, '0');
  for (const prefix of [`${logTailPrefix(stream.id)}${digits}-`, `${logSegmentsPrefix(stream.id)}${digits}-`]) {
    for await (const { key } of storage.list(prefix)) {
      if (key !== sealedKey && sequenceOf(key) === sequence) await storage.remove(key);
    }
  }
}
