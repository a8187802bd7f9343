import { hasCode, TidemarkError } from '#server/base/error.ts';
import { unknownTable } from '#server/cluster/unknown-table.ts';
import { chooseBackup } from '#server/command/restore/choose-backup.ts';
import type { LogSource } from '#server/command/restore/node-logs.ts';
import type { RestoreInput } from '#server/contract/restore.ts';
import { formatTableName, parseTableName } from '#server/contract/table-name.ts';
import type { Database } from '#server/db/client.ts';
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

/** Errors: `backup/not-found`, `table/not-found` (never seen, and in no backup), those of chooseBackup and of destinations. */
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
    const archive = await db.logArchive.findUnique({
      where: { clusterId },
      select: { wanted: true, cluster: { select: { name: true } } },
    });
    const names = tables.map(({ source }) => formatTableName(parseTableName(source, kind === 'mysql' ? 2 : 3)));
    const { archivedUntil } = logs;
    const { backupId, place } = await chooseBackup(logs.places, {
      clusterId,
      tables: names,
      point,
      archivedUntil,
      stoppedArchive: archive && !archive.wanted ? archive.cluster.name : null,
      now,
    }).catch(async (error) => {
      if (hasCode(error, 'restore/nothing-recoverable')) await refuseUnknown(db, clusterId, names[0]!);
      throw error;
    });
    const { destinationName, storage } = place;
    return { backupId, destinationName, storage, clusterName: '', logs, close: () => logs.close() };
  } catch (error) {
    await logs.close();
    throw error;
  }
}

async function refuseUnknown(db: Database, clusterId: string, table: string): Promise<void> {
  const [cluster, seen, backup] = await Promise.all([
    db.cluster.findUnique({ where: { id: clusterId }, select: { name: true } }),
    db.clusterTable.findUnique({ where: { clusterId_name: { clusterId, name: table } }, select: { name: true } }),
    db.backup.findFirst({
      where: { clusterId, removedAt: null, tables: { some: { name: table } } },
      select: { id: true },
    }),
  ]);
  if (cluster && !seen && !backup) throw unknownTable(cluster.name, table);
}
