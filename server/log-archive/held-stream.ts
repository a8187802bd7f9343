import { TidemarkError } from '#server/base/error.ts';
import type { Database } from '#server/db/client.ts';

/** The right of one attempt to copy the log of one node. */
export interface HeldStream {
  readonly streamId: string;
  readonly attemptId: string;
}

/** Renews a lease that has not run out; one that has is never revived. Errors: `job/lease-lost`. */
export async function renewStream(db: Database, held: HeldStream, leaseMs: number): Promise<void> {
  const renewed = await db.$executeRaw`
    UPDATE log_stream SET lease_expires_at = clock_timestamp() + ${leaseMs} * interval '1 millisecond'
    WHERE id = ${held.streamId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()`;
  if (renewed === 0) throw streamLost(held);
}

/** Whether the attempt holds the stream at this moment, by the database's clock. */
export async function isStreamHeld(db: Database, held: HeldStream): Promise<boolean> {
  const rows = await db.$queryRaw<unknown[]>`
    SELECT 1 FROM log_stream
    WHERE id = ${held.streamId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()`;
  return rows.length > 0;
}

export function streamLost({ streamId, attemptId }: HeldStream): TidemarkError {
  return new TidemarkError('job/lease-lost', 'this executor no longer holds the log of the node', {
    hint: 'Another executor has it; nothing was written by this one after that.',
    context: { streamId, attemptId },
  });
}
