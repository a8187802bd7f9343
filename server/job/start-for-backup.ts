import { TidemarkError } from '#server/base/error.ts';
import { type Enqueued, enqueueWithin, type JobContext } from './enqueue.ts';
import { useBackup } from './use-backup.ts';

/** Re-reads every object of a backup. Errors: `backup/not-found`, `conflict/in-use` while a job removes it. */
export const startVerify = (context: JobContext, input: { backupId: string }): Promise<Enqueued> =>
  startForBackup(context, 'verify', input.backupId);

/** Removes a backup from its destination. Errors: `backup/not-found`, `conflict/in-use` while a job reads it. */
export const startRemoveBackup = (context: JobContext, input: { backupId: string }): Promise<Enqueued> =>
  startForBackup(context, 'remove-backup', input.backupId);

async function startForBackup(
  context: JobContext,
  kind: 'verify' | 'remove-backup',
  backupId: string,
): Promise<Enqueued> {
  const backup = await context.db.backup.findUnique({
    where: { id: backupId },
    select: { removedAt: true, clusterId: true, clusterName: true, destination: { select: { id: true, name: true } } },
  });
  if (!backup || backup.removedAt) throw new TidemarkError('backup/not-found', `there is no backup ${backupId}`);
  const { clusterId, clusterName, destination } = backup;
  return context.db.$transaction(async (rows) => {
    await useBackup(rows, { backupId, to: kind === 'verify' ? 'read' : 'remove' });
    return enqueueWithin(rows, context, {
      input: { kind, backupId, destinationId: destination.id },
      title: `backup ${backupId}`,
      cluster: clusterId === null ? null : { id: clusterId, name: clusterName },
      destination,
      backupId,
    });
  });
}
