import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { hasEnded, type JobState } from '#server/contract/job.ts';
import { announce } from '#server/db/announce.ts';
import { appendEvents } from './append-events.ts';
import { endJob } from './finish.ts';

/** Before any clock, the database's too. */
const longAgo = new Date(0);

/**
 * A job nobody has begun ends at once; any other is asked to (state `cancelling`), and ends when an attempt has cleaned
 * up: the one that has it, or, when it was handed back, the next, which does nothing else. Asking twice is fine. Errors: `not-found`, `job/not-cancellable` for one that has ended.
 */
export async function cancelJob(context: Context, input: { jobId: string }): Promise<{ state: JobState }> {
  return context.db.$transaction(async (rows) => {
    const [job] = await rows.$queryRaw<{ number: number; state: JobState }[]>`
      SELECT number, state FROM job WHERE id = ${input.jobId} FOR UPDATE`;
    if (!job) throw new TidemarkError('not-found', 'there is no such job', { context: input });
    if (hasEnded(job.state)) {
      throw new TidemarkError('job/not-cancellable', `job #${job.number} has ended: ${job.state}`, {
        context: { state: job.state },
      });
    }
    if (job.state === 'cancelling') return { state: 'cancelling' };
    const waits = job.state === 'queued';
    // What an attempt had begun to publish, only an executor can finish or undo.
    const last = waits
      ? await rows.attempt.findFirst({ where: { jobId: input.jobId }, orderBy: { ordinal: 'desc' } })
      : null;
    const state = waits && !last ? 'cancelled' : 'cancelling';
    await rows.job.update({
      where: { id: input.jobId },
      data: {
        cancelRequestedAt: context.clock.now(),
        version: { increment: 1 },
        ...(state === 'cancelling' && { state }),
        // Nobody has it: a lease that is over, so that the next executor that looks takes it.
        ...(last && { leaseAttemptId: last.id, leaseExpiresAt: longAgo }),
      },
    });
    await appendEvents(rows, input.jobId, [{ level: 'warn', message: `${context.actor.name} asked to cancel` }]);
    if (state === 'cancelled') await endJob(rows, input.jobId, { state });
    else await announce(rows, { about: 'job', id: input.jobId, what: waits ? 'queued' : 'cancel' });
    await recordAudit(rows, context, { action: 'job.cancel', subject: `#${job.number}` });
    return { state };
  });
}
