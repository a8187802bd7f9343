import type { Failure } from '#server/base/error.ts';
import type { StreamState } from '#server/contract/log-archive.ts';
import { announce } from '#server/db/announce.ts';
import { type Database, toJson } from '#server/db/client.ts';
import { type HeldStream, streamLost } from './held-stream.ts';

/** What became of a stream since the last report. What is null stays as it was told before. */
export interface StreamReport {
  readonly state: StreamState;
  readonly reason: Failure | null;
  readonly reached: { readonly file: string; readonly position: string; readonly gtid: string | null } | null;
  readonly committedAt: Date | null;
  readonly archivedUntil: Date | null;
  readonly clockSkewMs: number | null;
  readonly segments: number | null;
  readonly executorCpu: number | null;
  /** Added to what is there. */
  readonly logBytes: number;
  readonly writtenBytes: number;
  readonly gaps: readonly { readonly at: string; readonly message: string }[];
}

/**
 * Writes it, if the attempt holds the stream. A stream that follows has no failures any more, and it never becomes
 * archived less far than it was. Errors: `job/lease-lost`.
 */
export async function reportStream(
  db: Database,
  held: HeldStream & { readonly clusterId: string },
  report: StreamReport,
): Promise<void> {
  const { state, reached, gaps } = report;
  const reason = report.reason === null ? null : JSON.stringify(toJson(report.reason));
  const lastGap = gaps.length === 0 ? null : JSON.stringify(gaps.at(-1));
  const written = await db.$executeRaw`
    UPDATE log_stream SET
      state = ${state},
      reason = ${reason}::jsonb,
      failures = CASE WHEN ${state === 'following'} THEN 0 ELSE failures END,
      file = coalesce(${reached?.file ?? null}, file),
      position = coalesce(${reached?.position ?? null}::bigint, position),
      gtid = CASE WHEN ${reached !== null} THEN ${reached?.gtid ?? null} ELSE gtid END,
      committed_at = coalesce(${report.committedAt}::timestamptz, committed_at),
      archived_until = greatest(archived_until, ${report.archivedUntil}::timestamptz),
      clock_skew_ms = coalesce(${report.clockSkewMs}, clock_skew_ms),
      segments = coalesce(${report.segments}::int, segments),
      executor_cpu = coalesce(${report.executorCpu}, executor_cpu),
      log_bytes = log_bytes + ${report.logBytes}::bigint,
      written_bytes = written_bytes + ${report.writtenBytes}::bigint,
      gaps = gaps + ${gaps.length}::int,
      last_gap = coalesce(${lastGap}::jsonb, last_gap),
      updated_at = clock_timestamp()
    WHERE id = ${held.streamId} AND lease_attempt_id = ${held.attemptId} AND lease_expires_at > clock_timestamp()`;
  if (written === 0) throw streamLost(held);
  await announce(db, { about: 'archive', id: held.clusterId, what: 'status' });
}
