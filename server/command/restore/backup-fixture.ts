import { createHash } from 'node:crypto';
import { ulid } from 'ulid';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { manifestKey, tableKey } from '#server/manifest/keys.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { TableFile } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { backup } from '../backup/backup.ts';

/** For tests: a backup of the named tables. Answers with its id. Errors: of the first table that was not taken. */
export async function makeBackup(
  attempt: Attempt,
  cluster: ClusterAccess,
  storage: Storage,
  tables: string[],
): Promise<string> {
  const backupId = ulid().toLowerCase();
  const scope = { all: false, databases: [], schemas: [], tables, patterns: [], exclude: [] };
  const result = await backup(attempt, { backupId, cluster, storage, scope, parallel: 2 });
  const failed = result.tables.find((table) => table.error !== null);
  if (failed) throw new Error(`${failed.source}: ${failed.error!.message}`);
  return backupId;
}

/** Makes a backup say something else about its first table, with every digest of the repository in order. */
export async function falsify(storage: Storage, backupId: string, change: (file: TableFile) => void): Promise<void> {
  const { manifest } = await readManifest(storage, backupId);
  const table = manifest.tables[0]!;
  const file = await readTableFile(storage, backupId, table);
  change(file);
  const bytes = Buffer.from(JSON.stringify(file));
  table.sha256 = createHash('sha256').update(bytes).digest('hex');
  // It lies in a file of its own from now on, also when it had come in a pack.
  if (table.packed) delete table.packed;
  else await storage.remove(tableKey(backupId, table.id));
  await storage.write(tableKey(backupId, table.id), bytes);
  await storage.remove(manifestKey(backupId));
  await publishManifest(storage, manifest);
}
