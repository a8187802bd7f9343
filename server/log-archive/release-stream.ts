import type { Failure } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';
import { type Database, toJson } from '#server/db/client.ts';
import type { ClaimedStream } from './claim-stream.ts';

/** Why an attempt lets go of a stream. `retryMs`: nobody begins the next run before. */
export type Release =
  | { readonly reason: null }
  | { readonly reason: Failure; readonly state: 'paused' | 'failed'; readonly retryMs: number };

/** Gives a stream up, if the attempt holds it: another executor may take it at once, or after the wait. */
export async function releaseStream(db: Database, held: ClaimedStream, release: Release): Promise<void> {
  const failed = release.reason !== null;
  const reason = failed ? JSON.stringify(toJson(release.reason)) : null;
  const released = await db.$executeRaw`
    UPDATE log_stream SET
      state = ${failed ? release.state : 'starting'},
      reason = ${reason}::jsonb,
      failures = CASE WHEN ${failed} THEN failures + 1 ELSE 0 END,
      retry_at = clock_timestamp() + ${failed ? release.retryMs : null}::int * interval '1 millisecond',
      executor = NULL,
      executor_cpu = NULL,
      lease_attempt_id = NULL,
      lease_expires_at = NULL,
      updated_at = clock_timestamp()
    WHERE id = ${held.streamId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()`;
  // A stream that waits is nobody's to take now; who has its log to give is asked to look.
  if (released > 0) await announce(db, { about: 'archive', id: held.clusterId, what: failed ? 'status' : 'wanted' });
}
