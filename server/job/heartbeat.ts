import type { Database } from '#server/db/client.ts';
import { type Held, leaseLost } from './held.ts';

/**
 * Renews a lease that has not run out. Errors: `job/lease-lost` when it has, or another attempt holds the job: a lease
 * that ran out is never revived, even if nobody took the job meanwhile, because somebody may be about to.
 */
export async function heartbeat(db: Database, held: Held, leaseMs: number): Promise<{ cancelRequested: boolean }> {
  const [row] = await db.$queryRaw<{ cancel: boolean }[]>`
    UPDATE job SET lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${held.jobId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()
    RETURNING cancel_requested_at IS NOT NULL AS cancel`;
  if (!row) throw leaseLost(held);
  return { cancelRequested: row.cancel };
}

/** Whether the attempt holds the job at this moment, by the database's clock. */
export async function isHeld(db: Database, held: Held): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM job
    WHERE id = ${held.jobId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()`;
  return rows.length > 0;
}
