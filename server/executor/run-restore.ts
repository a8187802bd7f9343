import { systemActor } from '#server/audit/context.ts';
import { recordKept } from '#server/catalog/kept.ts';
import type { KeptCopy } from '#server/command/restore/command.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import type { Rows } from '#server/db/client.ts';
import { enqueueWithin } from '#server/job/enqueue.ts';
import { holdJob } from '#server/job/held.ts';
import { type OpenPlaces, openBackupPlaces } from './backup-places.ts';
import { connectCluster, openDestination } from './connect.ts';
import { outcomeOfTables, type Runner, type World } from './runner.ts';

/**
 * Runs the plan of the job and nothing beside it. A kept copy is entered as soon as its table is live, whatever becomes
 * of the job: no later attempt may come to know of it.
 */
export const runRestore: Runner<'restore'> = async (
  world,
  attempt,
  { plan, leftOut, clusterId, targetClusterId, destinationId },
) => {
  const { restore } = await import('#server/command/restore/restore.ts');
  const target = await connectCluster(world, targetClusterId);
  const { storage } = await openDestination(world.db, destinationId);
  const expiresAt = () => new Date(world.clock.now().getTime() + plan.keepForMs);
  const record = (rows: Rows, kept: readonly KeptCopy[]) =>
    recordKept(rows, { jobId: attempt.jobId, clusterId: targetClusterId, expiresAt: expiresAt() }, kept);
  const onKept = (kept: KeptCopy) =>
    world.db.$transaction(async (rows) => {
      await holdJob(rows, attempt);
      await record(rows, [kept]);
    });
  let logs: OpenPlaces | null = null;
  try {
    logs = plan.log && (await openBackupPlaces(world.db, clusterId));
    const catchUp = logs ? { catchUp: { logs, scratchFolder: world.scratchFolder } } : {};
    const { tables: tried, kept, timings } = await restore(attempt, { plan, storage, target, onKept, ...catchUp });
    const tables = [...tried, ...leftOut.map(notTried)];
    const ending = outcomeOfTables(tables);
    const good = tables.filter(({ outcome }) => outcome === 'succeeded').length;
    return {
      ...ending,
      result: { timings, kept: kept.length, backupId: plan.backup.id, point: plan.point },
      summary: `${good} of ${tables.length} tables restored and compared`,
      commit: async (rows) => {
        await record(rows, kept);
        if (good > 0) await lookAgain(rows, world, targetClusterId);
      },
    };
  } finally {
    await logs?.close();
    await storage.close();
  }
};

/** Lists of the target's tables are as old as the last look at it: what has just come back belongs in them. */
async function lookAgain(rows: Rows, { db, clock, nudge }: World, clusterId: string): Promise<void> {
  const cluster = await rows.cluster.findUnique({ where: { id: clusterId }, select: { id: true, name: true } });
  if (!cluster) return;
  const question = { ask: 'topology' as const, clusterId };
  const context = { db, clock, nudge, actor: systemActor };
  await enqueueWithin(rows, context, { input: { kind: 'inspect', question }, title: question.ask, cluster });
}

/** What the plan said of a table that it could not take is how that table ended. */
const notTried = ({ source, target, fragments, problem }: PlanTable): TableOutcome => ({
  source,
  target,
  outcome: 'failed',
  rows: 0,
  rawBytes: 0,
  storedBytes: 0,
  fragments: fragments.length,
  digest: null,
  keptAs: null,
  notes: [],
  error: problem,
});
