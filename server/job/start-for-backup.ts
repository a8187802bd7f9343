import { TidemarkError } from '#server/base/error.ts';
import { type Enqueued, enqueue, type JobContext } from './enqueue.ts';

/** Re-reads every object of a backup. Errors: `backup/not-found`. */
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
  if (kind === 'remove-backup') await refuseWhileRead(context, backupId);
  return enqueue(context, {
    input: { kind, backupId, destinationId: backup.destination.id },
    title: `backup ${backupId}`,
    cluster: backup.clusterId === null ? null : { id: backup.clusterId, name: backup.clusterName },
    destination: backup.destination,
    backupId,
  });
}

async function refuseWhileRead({ db }: JobContext, backupId: string): Promise<void> {
  const reader = await db.job.findFirst({
    where: { backupId, state: { in: ['queued', 'running', 'cancelling'] } },
    select: { id: true, number: true, kind: true },
  });
  if (!reader) return;
  throw new TidemarkError('conflict/in-use', `job #${reader.number} (${reader.kind}) uses backup ${backupId}`, {
    context: { jobId: reader.id, jobNumber: reader.number },
  });
}
