import type { Storage } from '#server/storage/contract.ts';
import { tableKey, tablePackKey } from './keys.ts';
import { type Manifest, tableFile as schema, type TableFile } from './schema.ts';
import { sha256Of, storeObject } from './store.ts';

/** What a manifest says of where a table's file lies, and its digest. */
export type StoredTable = Pick<Manifest['tables'][number], 'sha256' | 'packed'>;

/** One table of a backup that is not published yet. The manifest names it by the digest returned here. */
export async function writeTableFile(
  storage: Storage,
  backupId: string,
  table: TableFile,
): Promise<{ sha256: string; bytes: number }> {
  return storeObject(storage, tableKey(backupId, table.id), table, schema);
}

/** The bytes of a table's file as they lie in a pack: one line of JSON, checked against its schema first. */
export function encodePackedTable(table: TableFile): Buffer {
  return Buffer.from(`${JSON.stringify(schema.parse(table))}\n`);
}

/**
 * Files of many small tables as one object: what a destination asks for each object (a sync, a request) is asked once.
 * Returns where each lies, in their order. Errors: `destination/object-exists` and those of `Storage.write`.
 */
export async function writeTablePack(
  storage: Storage,
  place: { backupId: string; attemptId: string; ordinal: number },
  files: readonly Buffer[],
): Promise<StoredTable[]> {
  const key = tablePackKey(place.backupId, place.attemptId, place.ordinal);
  await storage.write(key, Buffer.concat(files));
  let end = 0;
  return files.map((file) => {
    const offset = end;
    end += file.length;
    return { sha256: sha256Of(file), packed: { key, offset, length: file.length } };
  });
}
