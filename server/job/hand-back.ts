import { announce } from '#server/db/announce.ts';
import type { Database } from '#server/db/client.ts';
import type { Lane, Nudge } from '#server/db/nudge.ts';
import { appendEvents } from './append-events.ts';
import { type Held, holdJob } from './held.ts';

/**
 * Gives a job back unended, because this executor stops: it is queued again at once and the attempt does not count.
 * A job somebody wants cancelled stays `cancelling`, and the next attempt only cleans up. Errors: `job/lease-lost`.
 */
export async function handBackJob(
  db: Database,
  nudge: Nudge,
  held: Held & { lane: Lane; executor: string },
): Promise<void> {
  await db.$transaction(async (rows) => {
    await holdJob(rows, held);
    await appendEvents(rows, held.jobId, [
      { level: 'info', message: `executor ${held.executor} is stopping; the job goes back to the queue` },
    ]);
    const { state } = await rows.job.findUniqueOrThrow({ where: { id: held.jobId }, select: { state: true } });
    const isCancelling = state === 'cancelling';
    await rows.job.update({
      where: { id: held.jobId },
      data: {
        state: isCancelling ? state : 'queued',
        leaseAttemptId: isCancelling ? held.attemptId : null,
        leaseExpiresAt: isCancelling ? new Date(0) : null,
        executor: null,
        attemptsMade: { decrement: 1 },
        version: { increment: 1 },
      },
    });
    await rows.attempt.update({ where: { id: held.attemptId }, data: { outcome: 'handed-back', endedAt: new Date() } });
    await nudge.send(rows, held.lane, held.jobId);
    await announce(rows, { about: 'job', id: held.jobId, what: 'queued' });
  });
}
