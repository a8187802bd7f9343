import { recordKept } from '#server/catalog/kept.ts';
import { connectCluster, openDestination } from './connect.ts';
import { outcomeOfTables, type Runner } from './runner.ts';

/** Runs the plan of the job and nothing beside it; kept copies are entered together with the job's end. */
export const runRestore: Runner<'restore'> = async (world, attempt, { plan, targetClusterId, destinationId }) => {
  const { restore } = await import('#server/command/restore/restore.ts');
  const target = await connectCluster(world, targetClusterId);
  const { storage } = await openDestination(world.db, destinationId);
  try {
    const { tables, kept, timings } = await restore(attempt, { plan, storage, target });
    const ending = outcomeOfTables(tables);
    const good = tables.filter(({ outcome }) => outcome === 'succeeded').length;
    return {
      ...ending,
      result: { timings, kept: kept.length, backupId: plan.backup.id, point: plan.point },
      summary: `${good} of ${tables.length} tables restored and compared`,
      commit: (rows) => {
        const expiresAt = new Date(world.clock.now().getTime() + plan.keepForMs);
        return recordKept(rows, { jobId: attempt.jobId, clusterId: targetClusterId, expiresAt }, kept);
      },
    };
  } finally {
    await storage.close();
  }
};
