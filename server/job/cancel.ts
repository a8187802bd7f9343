import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { hasEnded, type JobState } from '#server/contract/job.ts';
import { announce } from '#server/db/announce.ts';
import { appendEvents } from './append-events.ts';
import { endJob } from './finish.ts';

/**
 * A queued job ends at once; a running one is asked to (state `cancelling`), and ends when its attempt has cleaned up.
 * Asking twice is fine. Errors: `not-found`, `job/not-cancellable` for one that has ended.
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
    const state = job.state === 'queued' ? 'cancelled' : 'cancelling';
    await rows.job.update({
      where: { id: input.jobId },
      data: {
        cancelRequestedAt: context.clock.now(),
        version: { increment: 1 },
        ...(state === 'cancelling' && { state }),
      },
    });
    await appendEvents(rows, input.jobId, [{ level: 'warn', message: `${context.actor.name} asked to cancel` }]);
    if (state === 'cancelled') await endJob(rows, input.jobId, { state });
    else await announce(rows, { about: 'job', id: input.jobId, what: 'cancel' });
    await recordAudit(rows, context, { action: 'job.cancel', subject: `#${job.number}` });
    return { state };
  });
}
