import { asTidemarkError, type TidemarkError } from '#server/base/error.ts';
import { listBackups } from '#server/manifest/list.ts';
import { readManifest } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';

export interface FoundBackup {
  manifest: Manifest;
  manifestSha256: string;
}

/**
 * Every published backup of a repository, in no promised order, from the repository alone. One whose manifest cannot
 * be read does not hide the others: `onDamaged` hears of it. Errors: those of listing.
 */
export async function* readRepository(
  storage: Storage,
  options: { onDamaged?: (backupId: string, error: TidemarkError) => void } = {},
): AsyncGenerator<FoundBackup> {
  for await (const backupId of listBackups(storage)) {
    const found = await readFound(storage, backupId).catch((thrown: unknown) => {
      const error = asTidemarkError(thrown);
      // Removed since it was listed.
      if (error.code === 'backup/not-found') return null;
      if (!damage.has(error.code)) throw error;
      options.onDamaged?.(backupId, error);
      return null;
    });
    if (found) yield found;
  }
}

async function readFound(storage: Storage, backupId: string): Promise<FoundBackup> {
  const { manifest, sha256 } = await readManifest(storage, backupId);
  return { manifest, manifestSha256: sha256 };
}

const damage: ReadonlySet<string> = new Set([
  'destination/object-damaged',
  'destination/newer-format',
  'destination/unreadable',
]);
