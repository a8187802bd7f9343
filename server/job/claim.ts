import { announce } from '#server/db/announce.ts';
import type { Database } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import type { Lane } from '#server/db/nudge.ts';
import { appendEvents } from './append-events.ts';
import type { Held } from './held.ts';

export interface Claimed extends Held {
  readonly number: number;
  readonly kind: string;
  /** Unparsed: what the row holds. */
  readonly input: unknown;
  /** Earlier attempts at this job, oldest first. */
  readonly earlierAttempts: readonly string[];
  /** Somebody asked to cancel before this attempt began: only cleaning is left to do. */
  readonly cancelRequested: boolean;
  /** Every attempt allowed was lost and one left a note: this one finishes or undoes what it names, and does no more. */
  readonly cleanUpOnly: boolean;
}

interface Taken {
  id: string;
  number: number;
  kind: string;
  input: unknown;
  ordinal: number;
  cancel: boolean;
  spent: boolean;
  lost_attempt: string | null;
  lost_executor: string | null;
}

/**
 * Takes the oldest job of a lane that nobody holds (queued, or its lease ran out) for one attempt; null when there is
 * none. Compare-and-set in one statement: however many executors ask, one gets it. A job that has used up its attempts is
 * taken once more to clean up if its journal holds a note, and else left for `failLostJobs`.
 */
export async function claimJob(
  db: Database,
  by: { executor: string; lane: Lane; leaseMs: number },
): Promise<Claimed | null> {
  return db.$transaction(async (rows) => {
    const attemptId = newId();
    const [taken] = await rows.$queryRaw<Taken[]>`
      WITH next AS (
        SELECT id, lease_attempt_id AS lost_attempt, executor AS lost_executor FROM job
        WHERE lane = ${by.lane}
          AND (attempts_made < max_attempts OR (
            attempts_made = max_attempts AND EXISTS (SELECT 1 FROM job_note WHERE job_note.job_id = job.id)
          ))
          AND (state = 'queued' OR (state IN ('running', 'cancelling') AND lease_expires_at <= clock_timestamp()))
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
      )
      UPDATE job SET
        state = CASE WHEN cancel_requested_at IS NULL THEN 'running' ELSE 'cancelling' END,
        lease_attempt_id = ${attemptId},
        lease_expires_at = clock_timestamp() + ${by.leaseMs} * interval '1 millisecond',
        executor = ${by.executor},
        attempts_made = attempts_made + 1,
        started_at = coalesce(started_at, clock_timestamp()),
        version = version + 1
      FROM next WHERE job.id = next.id
      RETURNING job.id, job.number, job.kind, job.input, job.cancel_requested_at IS NOT NULL AS cancel,
        job.attempts_made > job.max_attempts AS spent, next.lost_attempt, next.lost_executor,
        (SELECT coalesce(max(ordinal), 0) + 1 FROM attempt WHERE job_id = job.id)::int AS ordinal`;
    if (!taken) return null;
    if (taken.lost_attempt !== null) await closeLostAttempt(rows as never, taken, by.executor);
    const earlier = await rows.attempt.findMany({
      where: { jobId: taken.id },
      orderBy: { ordinal: 'asc' },
      select: { id: true },
    });
    await rows.attempt.create({
      data: { id: attemptId, jobId: taken.id, ordinal: taken.ordinal, executor: by.executor },
    });
    await announce(rows, { about: 'job', id: taken.id, what: 'state' });
    return {
      jobId: taken.id,
      attemptId,
      number: taken.number,
      kind: taken.kind,
      input: taken.input,
      earlierAttempts: earlier.map(({ id }) => id),
      cancelRequested: taken.cancel,
      cleanUpOnly: taken.spent,
    };
  });
}

async function closeLostAttempt(
  rows: Parameters<Parameters<Database['$transaction']>[0]>[0],
  taken: Taken,
  executor: string,
) {
  const { count } = await rows.attempt.updateMany({
    where: { id: taken.lost_attempt!, endedAt: null },
    data: { outcome: 'lost', endedAt: new Date() },
  });
  // It had handed the job back, and only the cancel of it was waiting.
  if (count === 0) return;
  await appendEvents(rows, taken.id, [
    { level: 'warn', message: `executor ${taken.lost_executor} stopped answering; ${executor} takes over` },
  ]);
}
