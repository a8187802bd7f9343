import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';

/**
 * Forgets the cluster and its credentials; its backups stay, under its name, and so does its history. Errors: `not-found`,
 * `conflict/in-use` while a job of it is not ended, its log is archived, or a kept copy lies on it.
 */
export async function removeCluster(context: Context, input: { clusterId: string }): Promise<void> {
  const { clusterId } = input;
  await context.db.$transaction(async (rows) => {
    // Locked, so that no job is started for it in between: claims and jobs look it up first.
    const [cluster] = await rows.$queryRaw<
      { name: string }[]
    >`SELECT name FROM cluster WHERE id = ${clusterId} FOR UPDATE`;
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    const job = await rows.job.findFirst({
      where: { clusterId, kind: { not: 'inspect' }, state: { in: ['queued', 'running', 'cancelling'] } },
      select: { id: true, number: true },
    });
    if (job) {
      throw new TidemarkError('conflict/in-use', `job #${job.number} of cluster ${cluster.name} has not ended`, {
        context: { jobId: job.id, jobNumber: job.number },
      });
    }
    if (await rows.logArchive.findFirst({ where: { clusterId, wanted: true } })) {
      throw new TidemarkError('conflict/in-use', `the log of cluster ${cluster.name} is being archived`, {
        hint: 'Stop its log archive first; what was archived stays.',
      });
    }
    const kept = await rows.keptCopy.findFirst({ where: { clusterId, droppedAt: null } });
    if (kept) {
      throw new TidemarkError('conflict/in-use', `a kept copy of ${kept.table} lies on cluster ${cluster.name}`, {
        hint: 'Drop the kept copies of this cluster first, or they stay there unseen.',
        context: { keptId: kept.id },
      });
    }
    await rows.cluster.delete({ where: { id: clusterId } });
    await rows.job.updateMany({ where: { clusterId }, data: { clusterId: null } });
    await rows.backup.updateMany({ where: { clusterId }, data: { clusterId: null } });
    await recordAudit(rows, context, { action: 'cluster.remove', subject: cluster.name });
    await announce(rows, { about: 'cluster', id: clusterId });
  });
}
