import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { Storage } from '#server/storage/contract.ts';
import { manifestKey, tableObjectKey, tablesPrefix } from './keys.ts';
import { damagedObject, parseObject } from './parse.ts';
import {
  columnFormat,
  type Manifest,
  manifest as manifestSchema,
  newestColumnFormat,
  packedManifestFormat,
  type TableFile,
  tableFile as tableSchema,
} from './schema.ts';
import { checkSelfDigest } from './self-digest.ts';
import { sha256Of } from './store.ts';

/**
 * A published backup. Errors: `backup/not-found` where none was published under this id, `destination/object-damaged`
 * and `destination/newer-format` naming the object.
 */
export async function readManifest(
  storage: Storage,
  backupId: string,
): Promise<{ manifest: Manifest; sha256: string }> {
  const key = manifestKey(backupId);
  const bytes = await storage.readAll(key).catch((cause: unknown) => {
    if (!hasCode(cause, 'destination/object-missing')) throw cause;
    throw new TidemarkError('backup/not-found', `no backup ${backupId} lies on this destination`, {
      context: { key },
      cause,
    });
  });
  const manifest = parseObject(key, bytes, manifestSchema, packedManifestFormat);
  checkSelfDigest(key, bytes);
  if (manifest.id !== backupId) throw damagedObject(key, `it says that it is backup ${manifest.id}`);
  return { manifest, sha256: sha256Of(bytes) };
}

/**
 * One table of a published backup, verified against the digest its manifest holds. Errors:
 * `destination/object-missing`, `destination/object-damaged`, `destination/newer-format`, each naming the object.
 */
export async function readTableFile(
  storage: Storage,
  backupId: string,
  table: Pick<Manifest['tables'][number], 'id' | 'sha256' | 'packed'>,
): Promise<TableFile> {
  const key = tableObjectKey(backupId, table);
  const bytes = table.packed ? await readPacked(storage, backupId, table.packed) : await storage.readAll(key);
  if (sha256Of(bytes) !== table.sha256) throw damagedObject(key, 'its SHA-256 is not the one the manifest holds');
  const file = parseObject(key, bytes, tableSchema);
  if (file.id !== table.id) throw damagedObject(key, `it says that it is table ${file.id}`);
  refuseNewerColumns(key, file);
  return file;
}

async function readPacked(
  storage: Storage,
  backupId: string,
  { key, offset, length }: { key: string; offset: number; length: number },
): Promise<Buffer> {
  if (!key.startsWith(tablesPrefix(backupId))) throw damagedObject(key, 'it is no pack of this backup');
  const pieces: Buffer[] = [];
  for await (const piece of storage.read(key, { offset, length })) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function refuseNewerColumns(key: string, { fragments }: TableFile): void {
  for (const { name, format = columnFormat.asSent } of fragments.flatMap(({ columns }) => columns)) {
    if (format <= newestColumnFormat) continue;
    throw new TidemarkError(
      'destination/newer-format',
      `object ${key} has column ${name} in format ${format}, ${newestColumnFormat} is known`,
      { context: { key, column: name, format, known: newestColumnFormat } },
    );
  }
}
