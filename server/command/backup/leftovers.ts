import { intentKey, segmentPrefix, tableObjectKey, tablesPrefix } from '#server/manifest/keys.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { findPublished } from './publish-backup.ts';

/**
 * What attempts write before a manifest names it. Each attempt writes under names of its own, so what one left can be
 * removed without touching what a living one writes.
 */

/**
 * After a manifest was published: what it does not name, of this attempt and of earlier ones. Not before: an earlier
 * one may only have been asleep, and until there is a manifest it could still publish what it wrote.
 */
export async function removeUnnamed(attempt: Attempt, storage: Storage, manifest: Manifest): Promise<void> {
  const named = namedBy(manifest);
  for (const attemptId of [...attempt.earlierAttempts, attempt.attemptId]) {
    await removeTraces(storage, manifest.id, attemptId, named);
  }
  await storage.remove(intentKey(manifest.id));
}

/**
 * After a failure: everything of this backup, so that nothing looks like one. What a manifest names stays, whoever
 * published it. An attempt that has lost the job only takes its own things away.
 */
export async function removeAll(
  attempt: Attempt,
  storage: Storage,
  backupId: string,
  options: { ownOnly: boolean },
): Promise<void> {
  const published = await findPublished(storage, backupId);
  await removeTraces(storage, backupId, attempt.attemptId, published ? namedBy(published) : undefined);
  // An attempt that slept wrote it after the one that published had taken it away.
  if (published) await storage.remove(intentKey(backupId));
  if (published || options.ownOnly) return;
  for (const earlier of attempt.earlierAttempts) await removeTraces(storage, backupId, earlier);
  await storage.remove(intentKey(backupId));
}

/** Segments that no table names, of tables that failed or were read again, go; the others are returned. */
export async function keepNamed<S extends { key: string }>(
  storage: Storage,
  segments: readonly S[],
  named: ReadonlySet<string>,
): Promise<S[]> {
  for (const { key } of segments) if (!named.has(key)) await storage.remove(key);
  return segments.filter(({ key }) => named.has(key));
}

function namedBy(manifest: Manifest): Set<string> {
  const tableFiles = manifest.tables.map((table) => tableObjectKey(manifest.id, table));
  return new Set([...tableFiles, ...manifest.segments.map(({ key }) => key)]);
}

async function removeTraces(
  storage: Storage,
  backupId: string,
  attemptId: string,
  named: ReadonlySet<string> = new Set(),
): Promise<void> {
  const tableFiles = `${tablesPrefix(backupId)}${attemptId}-`;
  for (const prefix of [tableFiles, segmentPrefix(attemptId)]) {
    for await (const { key } of storage.list(prefix)) if (!named.has(key)) await storage.remove(key);
  }
}
