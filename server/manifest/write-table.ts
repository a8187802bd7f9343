import type { Storage } from '#server/storage/contract.ts';
import { tableKey } from './keys.ts';
import { tableFile as schema, type TableFile } from './schema.ts';
import { storeObject } from './store.ts';

/** One table of a backup that is not published yet. The manifest names it by the digest returned here. */
export async function writeTableFile(
  storage: Storage,
  backupId: string,
  table: TableFile,
): Promise<{ sha256: string; bytes: number }> {
  return storeObject(storage, tableKey(backupId, table.id), table, schema);
}
