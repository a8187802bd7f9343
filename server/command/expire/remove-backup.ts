import { hasCode, TidemarkError } from '#server/base/error.ts';
import { backupPrefix, manifestKey, tombstoneKey } from '#server/manifest/keys.ts';
import { listBackups } from '#server/manifest/list.ts';
import { parseObject } from '#server/manifest/parse.ts';
import { manifestFormat, type Tombstone, tombstone as tombstoneSchema } from '#server/manifest/schema.ts';
import { storeObject } from '#server/manifest/store.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { namedSegments } from './named-segments.ts';

export interface RemoveBackupCommand {
  backupId: string;
  storage: Storage;
}

/**
 * Removes a backup and what only it needs. The tombstone comes first and keeps what the backup named, so that a removal
 * that was cut off can be finished; from the removal of the manifest on there is no such backup; segments that another
 * backup names stay. Errors: `backup/not-found`, `job/lease-lost`, those of the destination.
 */
export async function removeBackup(attempt: Attempt, { backupId, storage }: RemoveBackupCommand): Promise<void> {
  const tombstone = (await readTombstone(storage, backupId)) ?? (await buryBackup(attempt, storage, backupId));
  if (!tombstone) return;
  await attempt.lease.assertHeld();
  await storage.remove(manifestKey(backupId));
  for await (const { key } of storage.list(backupPrefix(backupId))) await storage.remove(key);
  const alive = await segmentsOfOthers(storage, backupId);
  for (const key of tombstone.segments) if (!alive.has(key)) await storage.remove(key);
  await storage.remove(tombstoneKey(backupId));
  attempt.event('good', `backup ${backupId} and its ${tombstone.segments.length} segments are gone`);
}

/** Null when an earlier attempt of this job has done everything already. */
async function buryBackup(attempt: Attempt, storage: Storage, backupId: string): Promise<Tombstone | null> {
  if ((await storage.stat(manifestKey(backupId))) === null) {
    if (attempt.earlierAttempts.length > 0) return null;
    throw new TidemarkError('backup/not-found', `no backup ${backupId} lies on this destination`);
  }
  const tombstone: Tombstone = {
    format: manifestFormat,
    id: backupId,
    removedAt: attempt.clock.now().toISOString(),
    segments: await namedSegments(storage, backupId),
  };
  await storeObject(storage, tombstoneKey(backupId), tombstone, tombstoneSchema);
  return tombstone;
}

async function readTombstone(storage: Storage, backupId: string): Promise<Tombstone | null> {
  const key = tombstoneKey(backupId);
  try {
    return parseObject(key, await storage.readAll(key), tombstoneSchema);
  } catch (error) {
    if (hasCode(error, 'destination/object-missing')) return null;
    throw error;
  }
}

async function segmentsOfOthers(storage: Storage, backupId: string): Promise<Set<string>> {
  const alive = new Set<string>();
  for await (const other of listBackups(storage)) {
    if (other === backupId) continue;
    try {
      for (const key of await namedSegments(storage, other)) alive.add(key);
    } catch (error) {
      // Removed since it was listed.
      if (!hasCode(error, 'backup/not-found')) throw error;
    }
  }
  return alive;
}
