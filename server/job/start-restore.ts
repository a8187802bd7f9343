import { TidemarkError } from '#server/base/error.ts';
import { type RestorePlan, restorePlan } from '#server/contract/restore.ts';
import { type Enqueued, enqueueWithin, type JobContext } from './enqueue.ts';
import { jobInput } from './input.ts';
import { useBackup } from './use-backup.ts';

/**
 * Starts what a `plan-restore` question answered, by the id of that job: the plan is read from its row, so what runs is
 * what was shown and nothing else. Tables with a problem are left out. Errors: `restore/plan-stale` when the plan is gone,
 * `restore/checks-failed` when it says that it cannot run, `conflict/table-busy` when another job writes a target,
 * `conflict/in-use` when one removes the backup.
 */
export async function startRestore(context: JobContext, input: { planJobId: string }): Promise<Enqueued> {
  const asked = await context.db.job.findUnique({
    where: { id: input.planJobId },
    select: { input: true, result: true },
  });
  const question = asked && jobInput.parse(asked.input);
  if (!asked?.result || question?.kind !== 'inspect' || question.question.ask !== 'plan-restore') {
    throw new TidemarkError('restore/plan-stale', 'the restore plan is no longer kept');
  }
  const { restore } = question.question;
  return enqueuePlan(context, {
    plan: restorePlan.parse(asked.result),
    clusterId: restore.clusterId,
    targetClusterId: restore.intoClusterId ?? restore.clusterId,
  });
}

/** A retry of some tables runs their part of the same plan. */
export async function enqueuePlan(
  context: JobContext,
  input: {
    plan: RestorePlan;
    clusterId: string;
    targetClusterId: string;
    parent?: { jobId: string; reason: 'retry' | 'clone' };
  },
): Promise<Enqueued> {
  const plan = { ...input.plan, tables: input.plan.tables.filter((table) => table.problem === null) };
  refuseFailedChecks(input.plan, plan);
  const target = await context.db.cluster.findUnique({
    where: { id: input.targetClusterId },
    select: { id: true, name: true },
  });
  if (!target) throw new TidemarkError('not-found', 'there is no such cluster');
  const backup = await context.db.backup.findUnique({
    where: { id: plan.backup.id },
    select: { removedAt: true, destination: { select: { id: true, name: true } } },
  });
  if (!backup || backup.removedAt) throw new TidemarkError('backup/not-found', `backup ${plan.backup.id} is gone`);
  const { destination } = backup;
  return context.db.$transaction(async (rows) => {
    await useBackup(rows, { backupId: plan.backup.id, to: 'read' });
    return enqueueWithin(rows, context, {
      input: {
        kind: 'restore',
        plan,
        leftOut: input.plan.tables.filter((table) => table.problem !== null),
        clusterId: input.clusterId,
        targetClusterId: input.targetClusterId,
        destinationId: destination.id,
      },
      title: titleOf(plan),
      cluster: target,
      destination,
      backupId: plan.backup.id,
      tables: plan.tables.map(({ source, target }) => ({ source, target })),
      writes: { clusterId: target.id, tables: plan.tables.map((table) => table.target) },
      parent: input.parent,
    });
  });
}

function refuseFailedChecks(whole: RestorePlan, plan: RestorePlan): void {
  const bad = whole.checks.filter((check) => check.state === 'bad');
  if (bad.length > 0) {
    throw new TidemarkError(
      'restore/checks-failed',
      `the plan cannot run: ${bad.map((check) => check.label).join(', ')}`,
      {
        hint: bad.map((check) => check.fix).join(' '),
        context: { checks: bad.map((check) => check.id) },
      },
    );
  }
  if (plan.tables.length === 0) {
    const problem = whole.tables[0]?.problem;
    throw new TidemarkError('restore/checks-failed', problem?.message ?? 'the plan holds no table', {
      hint: problem?.hint,
    });
  }
}

function titleOf(plan: RestorePlan): string {
  const [only] = plan.tables;
  return plan.tables.length === 1 ? `${only!.source} → ${only!.target}` : `${plan.tables.length} tables`;
}
