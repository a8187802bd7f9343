import { TidemarkError } from '#server/base/error.ts';
import type { TableChanges } from '#server/contract/changes.ts';
import type { NodeCheck, NodeInfo } from '#server/contract/cluster.ts';
import type { CoverageView } from '#server/contract/coverage.ts';
import type { InspectQuestion } from '#server/contract/inspect.ts';
import type { RestorePlan } from '#server/contract/restore.ts';
import type { Listener } from '#server/db/listen.ts';
import { watchForEnd } from './await-end.ts';
import { cancelJob } from './cancel.ts';
import { enqueue, type JobContext } from './enqueue.ts';
import { fromFailure } from './failure.ts';

/** What each question is answered with. The tables of `topology` go to rows, where they are searched. */
export interface Answers {
  topology: { takenAt: string; nodes: number; tables: number };
  'test-connection': { nodes: NodeInfo[]; checks: NodeCheck[] };
  'plan-restore': RestorePlan;
  coverage: CoverageView;
  changes: TableChanges;
}

export interface AskContext extends JobContext {
  readonly listener: Listener;
}

/**
 * Asks an executor, and waits for the answer: milliseconds when one is idle. Errors: `job/no-executor` when none took the
 * question within `pickUpMs` (10 s) or answered within `timeoutMs` (60 s); else what the executor met, as it was there.
 * `jobId` names the answer later: a restore is started from the job that planned it.
 */
export async function ask<Q extends InspectQuestion>(
  context: AskContext,
  question: Q,
  options: { pickUpMs?: number; timeoutMs?: number } = {},
): Promise<{ jobId: string; answer: Answers[Q['ask']] }> {
  const { pickUpMs = 10_000, timeoutMs = 60_000 } = options;
  const watch = watchForEnd(context.db, context.listener);
  try {
    const { jobId } = await enqueue(context, await jobOf(context, question));
    if (!(await watch.started(jobId, pickUpMs))) {
      await giveUp(context, jobId);
      throw new TidemarkError('job/no-executor', `no executor took the question within ${pickUpMs / 1_000} s`);
    }
    const ended = await watch.ended(jobId, timeoutMs);
    if (ended === null) {
      await giveUp(context, jobId);
      throw new TidemarkError('job/no-executor', `the executor did not answer within ${timeoutMs / 1_000} s`);
    }
    if (ended.state !== 'succeeded') throw fromFailure(ended.error);
    return { jobId, answer: ended.result as Answers[Q['ask']] };
  } finally {
    watch.close();
  }
}

/** It may have ended in this very moment; nobody waits for it any more either way. */
async function giveUp(context: AskContext, jobId: string): Promise<void> {
  await cancelJob(context, { jobId }).catch(() => {});
}

async function jobOf({ db }: AskContext, question: InspectQuestion) {
  const clusterId = clusterOf(question);
  const cluster =
    clusterId === null
      ? null
      : await db.cluster.findUnique({ where: { id: clusterId }, select: { id: true, name: true } });
  if (clusterId !== null && !cluster) {
    throw new TidemarkError('not-found', 'there is no such cluster', { context: { clusterId } });
  }
  return { input: { kind: 'inspect' as const, question }, title: question.ask, cluster };
}

function clusterOf(question: InspectQuestion): string | null {
  switch (question.ask) {
    case 'test-connection':
      return null;
    case 'plan-restore':
      return question.restore.clusterId;
    default:
      return question.clusterId;
  }
}
