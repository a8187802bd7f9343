import { systemActor } from '#server/audit/context.ts';
import type { Clock } from '#server/base/clock.ts';
import { hasCode } from '#server/base/error.ts';
import { removeTails, tailsIn } from '#server/command/restore/held-tail.ts';
import type { Database } from '#server/db/client.ts';
import type { Nudge } from '#server/db/nudge.ts';
import { endedAttempts } from '#server/job/ended-attempts.ts';
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
  readonly scratchFolder: string;
}

/** Every few seconds: jobs that nobody may take any more are ended. */
export const sweepOften = ({ db }: SweepContext): Promise<unknown> => failLostJobs(db);

/** Copies dropped at once: they hold up nobody, and their tables nobody for long. */
const dropAtOnce = 20;

/**
 * Every minute: old questions are forgotten, kept copies whose time is over are dropped, the oldest first. Other jobs stay
 * for ever, with their events and tables: they are the history that people look through. What a killed restore had copied of
 * a log goes when its job has ended.
 */
export async function sweepSeldom(context: SweepContext): Promise<void> {
  const { db, clock } = context;
  const now = clock.now().getTime();
  await db.job.deleteMany({ where: { kind: 'inspect', endedAt: { lt: new Date(now - keepQuestionsMs) } } });
  await dropExpired(context, now);
  await dropForgottenTails(context);
}

/** Those of installations that share the scratch folder with us are left alone. */
async function dropForgottenTails({ db, scratchFolder }: SweepContext): Promise<void> {
  const tails = await tailsIn(scratchFolder);
  if (tails.length === 0) return;
  const ended = await endedAttempts(db, tails);
  await removeTails(
    scratchFolder,
    ended.map(({ attemptId }) => attemptId),
  );
}

/** One that cannot be dropped now keeps no other from being dropped. */
async function dropExpired(context: SweepContext, now: number): Promise<void> {
  const { db } = context;
  const recent = await db.job.findMany({
    where: { kind: 'drop-kept', OR: [{ endedAt: null }, { endedAt: { gt: new Date(now - dropAgainMs) } }] },
    select: { input: true },
  });
  const tried = recent.map(({ input }) => (input as { keptId: string }).keptId);
  const expired = await db.keptCopy.findMany({
    where: { droppedAt: null, expiresAt: { lte: new Date(now) }, id: { notIn: tried } },
    orderBy: { expiresAt: 'asc' },
    select: { id: true },
  });
  let started = 0;
  for (const { id } of expired) {
    if (started === dropAtOnce) return;
    try {
      await startDropKept({ ...context, actor: systemActor }, { keptId: id });
      started += 1;
    } catch (error) {
      // A job writes that table now, or the cluster is gone: another time, or never.
      if (!hasCode(error, 'conflict/table-busy') && !hasCode(error, 'not-found')) throw error;
    }
  }
}
