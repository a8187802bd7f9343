import { hasCode } from '#server/base/error.ts';
import { manifestKey, tableObjectKey } from '#server/manifest/keys.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { readManifest } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';

/** What lies under this backup's id, by whichever attempt; null when nothing was published. */
export async function findPublished(storage: Storage, backupId: string): Promise<Manifest | null> {
  try {
    return (await readManifest(storage, backupId)).manifest;
  } catch (error) {
    if (hasCode(error, 'backup/not-found')) return null;
    throw error;
  }
}

/**
 * Makes the backup exist. Returns the manifest that counts: ours, or the one that another attempt at the same backup
 * published before us. Errors: `job/lease-lost`, those of the destination.
 */
export async function publishBackup(attempt: Attempt, storage: Storage, manifest: Manifest): Promise<Manifest> {
  await attempt.lease.assertHeld();
  try {
    await publishManifest(storage, manifest);
  } catch (error) {
    // The write may have arrived although we were told otherwise, or another attempt was quicker.
    const found = await findPublished(storage, manifest.id);
    if (!found) throw error;
    return found;
  }
  await assertNotOutslept(attempt, storage, manifest);
  return manifest;
}

/**
 * Between the lease and the write we may have been stopped for so long that the job went on, and ended, without us, and
 * what we wrote was removed: then what we just published must not stay.
 */
async function assertNotOutslept(attempt: Attempt, storage: Storage, manifest: Manifest): Promise<void> {
  try {
    await attempt.lease.assertHeld();
  } catch (error) {
    const tables = manifest.tables.map((table) => ({ key: tableObjectKey(manifest.id, table) }));
    for (const { key } of [...tables, ...manifest.segments]) {
      if ((await storage.stat(key)) !== null) continue;
      await storage.remove(manifestKey(manifest.id));
      break;
    }
    throw error;
  }
}
