import { TidemarkError } from '#server/base/error.ts';
import type { Database } from '#server/db/client.ts';
import { appendEvents } from './append-events.ts';
import { endJob, failureOf } from './finish.ts';

/**
 * Ends jobs whose lease ran out with their last attempt: nobody may take them any more. One with a note in its journal
 * has an attempt more, to clean up (`claimJob`), before anybody else may write its tables. Called by every executor now and then; row locks make one of them do it. The ids of what was ended.
 */
export async function failLostJobs(db: Database): Promise<string[]> {
  return db.$transaction(async (rows) => {
    const lost = await rows.$queryRaw<
      { id: string; executor: string | null; attempt: string; made: number; cancel: boolean }[]
    >`
      SELECT id, executor, lease_attempt_id AS attempt, attempts_made AS made, cancel_requested_at IS NOT NULL AS cancel
      FROM job
      WHERE state IN ('running', 'cancelling') AND lease_expires_at <= clock_timestamp()
        AND (attempts_made > max_attempts OR (
          attempts_made = max_attempts AND NOT EXISTS (SELECT 1 FROM job_note WHERE job_note.job_id = job.id)
        ))
      ORDER BY id LIMIT 100 FOR UPDATE SKIP LOCKED`;
    for (const job of lost) {
      const error = new TidemarkError(
        'job/executor-lost',
        `executor ${job.executor} stopped answering, as in ${job.made} attempts by now`,
        { context: { executor: job.executor, attempts: job.made } },
      );
      await rows.attempt.updateMany({
        where: { id: job.attempt, endedAt: null },
        data: { outcome: 'lost', endedAt: new Date() },
      });
      await appendEvents(rows, job.id, [{ level: 'bad', message: error.message }]);
      await endJob(rows, job.id, { state: 'failed', error: failureOf(error) });
    }
    return lost.map(({ id }) => id);
  });
}
