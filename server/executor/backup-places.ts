import type { BackupPlace } from '#server/command/restore/choose-backup.ts';
import type { LogSource } from '#server/command/restore/node-logs.ts';
import type { Database } from '#server/db/client.ts';
import { archivedUntilOf, cacheOf, destinationsOf } from './cluster-coverage.ts';
import { openDestination } from './connect.ts';

/** All destinations that a cluster's backups and its log archive lie on. */
export interface OpenPlaces extends LogSource {
  readonly places: readonly BackupPlace[];
  close(): Promise<void>;
}

/**
 * One that cannot be opened is left out, as long as another can and it is not that of the log archive: a log that cannot be
 * read just now must not look like one that was never archived. Errors: of the archive's, or of the first when none can.
 */
export async function openBackupPlaces(db: Database, clusterId: string): Promise<OpenPlaces> {
  // Before anything is read: what the archive says now is there then.
  const archivedUntil = await archivedUntilOf(db, clusterId);
  const destinations = await destinationsOf(db, clusterId);
  const opened = await Promise.allSettled(destinations.map(({ id }) => openDestination(db, id)));
  const places = opened.flatMap((one, at) => {
    if (one.status === 'rejected') return [];
    const { id, name, storage } = one.value;
    const { archivedElsewhere } = destinations[at]!;
    return [{ destinationId: id, destinationName: name, storage, cache: cacheOf(db, id), archivedElsewhere }];
  });
  const close = async () => {
    await Promise.all(places.map(({ storage }) => storage.close()));
  };
  const isNeeded = (at: number) => places.length === 0 || destinations[at]!.isArchive;
  const failed = opened.find((one, at) => one.status === 'rejected' && isNeeded(at));
  if (failed?.status === 'rejected') {
    await close();
    throw failed.reason;
  }
  return { clusterId, places, archivedUntil, close };
}
