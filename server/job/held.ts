import { TidemarkError } from '#server/base/error.ts';
import type { Rows } from '#server/db/client.ts';

/** The right of one attempt to change one job. */
export interface Held {
  readonly jobId: string;
  readonly attemptId: string;
}

/**
 * The fence of every write an attempt makes: locks the job's row for this transaction, if this attempt holds it and its
 * lease has not run out by the database's own clock. Nobody can take the job before the transaction has ended. Errors:
 * `job/lease-lost`.
 */
export async function holdJob(rows: Rows, held: Held): Promise<void> {
  const found = await rows.$queryRaw<unknown[]>`
    SELECT 1 FROM job
    WHERE id = ${held.jobId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()
    FOR UPDATE`;
  if (found.length === 0) throw leaseLost(held);
}

export function leaseLost({ jobId, attemptId }: Held): TidemarkError {
  return new TidemarkError('job/lease-lost', 'this attempt no longer holds the job', { context: { jobId, attemptId } });
}
