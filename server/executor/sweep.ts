import { systemActor } from '#server/audit/context.ts';
import type { Clock } from '#server/base/clock.ts';
import { hasCode } from '#server/base/error.ts';
import type { Database } from '#server/db/client.ts';
import type { Nudge } from '#server/db/nudge.ts';
import { failLostJobs } from '#server/job/fail-lost.ts';
import { startDropKept } from '#server/job/start-drop-kept.ts';

/** Answers to questions are kept this long: a restore is started from the answer that planned it. */
const keepQuestionsMs = 86_400_000;
/** A kept copy that could not be dropped is tried again this often. */
const dropAgainMs = 3_600_000;

export interface SweepContext {
  readonly db: Database;
  readonly nudge: Nudge;
  readonly clock: Clock;
}

/** Every few seconds: jobs that nobody may take any more are ended. */
export const sweepOften = ({ db }: SweepContext): Promise<unknown> => failLostJobs(db);

/** Every minute: old questions are forgotten, kept copies whose time is over are dropped. */
export async function sweepSeldom(context: SweepContext): Promise<void> {
  const { db, clock } = context;
  const now = clock.now().getTime();
  await db.job.deleteMany({ where: { kind: 'inspect', endedAt: { lt: new Date(now - keepQuestionsMs) } } });
  const expired = await db.keptCopy.findMany({ where: { droppedAt: null, expiresAt: { lte: clock.now() } }, take: 20 });
  for (const { id } of expired) {
    const tried = await db.job.findFirst({
      where: {
        kind: 'drop-kept',
        input: { path: ['keptId'], equals: id },
        OR: [{ endedAt: null }, { endedAt: { gt: new Date(now - dropAgainMs) } }],
      },
      select: { id: true },
    });
    if (tried) continue;
    await startDropKept({ ...context, actor: systemActor }, { keptId: id }).catch((error) => {
      // A job writes that table now, or the cluster is gone: another time, or never.
      if (!hasCode(error, 'conflict/table-busy') && !hasCode(error, 'not-found')) throw error;
    });
  }
}
