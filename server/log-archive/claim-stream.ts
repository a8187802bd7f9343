import { announce } from '#server/db/announce.ts';
import type { Database } from '#server/db/client.ts';
import { newId } from '#server/db/new-id.ts';
import type { HeldStream } from './held-stream.ts';

export interface ClaimedStream extends HeldStream {
  readonly clusterId: string;
  readonly node: string;
  readonly destinationId: string;
  /** Runs that failed, one after the other, until now. */
  readonly failures: number;
}

interface Taken {
  id: string;
  cluster_id: string;
  node: string;
  destination_id: string;
  failures: number;
}

/**
 * Takes a stream that is wanted and that nobody holds, unless it waits after a failure; null when there is none.
 * Compare-and-set in one statement: however many executors ask, one gets it.
 */
export async function claimStream(
  db: Database,
  by: { executor: string; leaseMs: number },
): Promise<ClaimedStream | null> {
  return db.$transaction(async (rows) => {
    const attemptId = newId();
    const [taken] = await rows.$queryRaw<Taken[]>`
      WITH next AS (
        SELECT s.id, a.destination_id FROM log_stream s JOIN log_archive a USING (cluster_id)
        WHERE a.wanted
          AND (s.lease_expires_at IS NULL OR s.lease_expires_at <= clock_timestamp())
          AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp())
        ORDER BY s.id LIMIT 1 FOR UPDATE OF s SKIP LOCKED
      )
      UPDATE log_stream s SET
        state = 'starting',
        executor = ${by.executor},
        lease_attempt_id = ${attemptId},
        lease_expires_at = clock_timestamp() + ${by.leaseMs} * interval '1 millisecond',
        retry_at = NULL,
        updated_at = clock_timestamp()
      FROM next WHERE s.id = next.id
      RETURNING s.id, s.cluster_id, s.node, s.failures, next.destination_id`;
    if (!taken) return null;
    await announce(rows, { about: 'archive', id: taken.cluster_id, what: 'status' });
    return {
      streamId: taken.id,
      attemptId,
      clusterId: taken.cluster_id,
      node: taken.node,
      destinationId: taken.destination_id,
      failures: taken.failures,
    };
  });
}
