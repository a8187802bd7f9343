import { TidemarkError } from '#server/base/error.ts';
import { chooseBackup } from '#server/command/restore/choose-backup.ts';
import type { LogSource } from '#server/command/restore/node-logs.ts';
import type { RestoreInput } from '#server/contract/restore.ts';
import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openBackupPlaces } from './backup-places.ts';
import { openDestination } from './connect.ts';
import type { World } from './runner.ts';

/** The backup that a restore goes out from, and the log behind it where the point asks for one. */
export interface RestoreSource {
  readonly backupId: string;
  readonly destinationName: string;
  readonly storage: Storage;
  readonly clusterName: string;
  readonly logs: LogSource | null;
  close(): Promise<void>;
}

/** Errors: `backup/not-found`, those of chooseBackup and of destinations. */
export async function openBackupFor(
  { db }: Pick<World, 'db'>,
  { point, clusterId, tables }: RestoreInput,
  kind: string,
  now: Date,
): Promise<RestoreSource> {
  if (point.kind === 'backup') {
    const backup = await db.backup.findUnique({ where: { id: point.backupId } });
    if (!backup || backup.removedAt)
      throw new TidemarkError('backup/not-found', `there is no backup ${point.backupId}`);
    const { name: destinationName, storage } = await openDestination(db, backup.destinationId);
    const { id: backupId, clusterName } = backup;
    return { backupId, destinationName, storage, clusterName, logs: null, close: () => storage.close() };
  }
  const logs = await openBackupPlaces(db, clusterId);
  try {
    const names = tables.map(({ source }) => formatTableName(parseTableName(source, kind === 'mysql' ? 2 : 3)));
    const { archivedUntil } = logs;
    const { backupId, place } = await chooseBackup(logs.places, {
      clusterId,
      tables: names,
      point,
      archivedUntil,
      now,
    });
    const { destinationName, storage } = place;
    return { backupId, destinationName, storage, clusterName: '', logs, close: () => logs.close() };
  } catch (error) {
    await logs.close();
    throw error;
  }
}
