import type { Storage } from '#server/storage/contract.ts';
import { manifestKey } from './keys.ts';
import { type Manifest, manifest as schema } from './schema.ts';
import { withSelfDigest } from './self-digest.ts';
import { storeObject } from './store.ts';

/**
 * The commit of a backup: the last object written, alone, in one write that replaces nothing. Before it there is no
 * backup, after it there is. A caller that runs again after a crash may find its own: `destination/object-exists`,
 * and then `readManifest` tells whose it is. The file ends with its own digest.
 */
export async function publishManifest(storage: Storage, manifest: Manifest): Promise<{ sha256: string }> {
  const { sha256 } = await storeObject(storage, manifestKey(manifest.id), manifest, schema, withSelfDigest);
  return { sha256 };
}
