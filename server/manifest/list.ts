import type { Storage } from '#server/storage/contract.ts';
import { backupsPrefix } from './keys.ts';

/** Ids of the published backups, in no promised order; what is still being written has no manifest and never shows. */
export async function* listBackups(storage: Storage): AsyncGenerator<string> {
  for await (const { key } of storage.list(backupsPrefix)) {
    const [, id, name, ...deeper] = key.split('/');
    if (id !== undefined && name === 'manifest.json' && deeper.length === 0) yield id;
  }
}
