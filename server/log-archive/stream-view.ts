import { type Failure, TidemarkError, toFailure } from '#server/base/error.ts';
import type { ShownStreamState, StreamState, StreamView } from '#server/contract/log-archive.ts';
import type { Database } from '#server/db/client.ts';

type StreamRow = NonNullable<Awaited<ReturnType<Database['logStream']['findFirst']>>>;

interface Known {
  readonly now: Date;
  readonly wanted: boolean;
  /** By somebody whose lease has not run out. */
  readonly held: boolean;
}

/** An executor that is there takes a stream within seconds; longer than this there is none. */
const takenWithinMs = 30_000;

/** What a screen shows of a stream. What its row says is only true while somebody holds it. */
export function streamView(row: StreamRow, known: Known): StreamView {
  const { now, wanted, held } = known;
  const { state, reason } = shownState(row, known);
  const until = row.archivedUntil;
  return {
    id: row.id,
    node: row.node,
    state,
    reason,
    retryAt: wanted ? row.retryAt : null,
    executor: held ? row.executor : null,
    reached:
      row.file === null || row.position === null
        ? null
        : { file: row.file, position: row.position.toString(), gtid: row.gtid },
    committedAt: row.committedAt,
    archivedUntil: until,
    lagMs: until === null || state === 'stopped' ? null : Math.max(0, now.getTime() - until.getTime()),
    clockSkewMs: row.clockSkewMs,
    logBytes: row.logBytes,
    writtenBytes: row.writtenBytes,
    segments: row.segments,
    executorCpu: held ? row.executorCpu : null,
    gaps: row.gaps,
    lastGap: row.lastGap as StreamView['lastGap'],
    updatedAt: row.updatedAt,
  };
}

function shownState(row: StreamRow, { now, wanted, held }: Known): { state: ShownStreamState; reason: Failure | null } {
  if (!wanted) return { state: held ? 'stopping' : 'stopped', reason: null };
  const told = { state: row.state as StreamState, reason: row.reason as unknown as Failure | null };
  if (held || row.retryAt !== null) return told;
  if (row.leaseAttemptId !== null) {
    return {
      state: 'paused',
      reason: toFailure(
        new TidemarkError('job/executor-lost', `executor ${row.executor} stopped answering`, {
          hint: 'Another executor goes on where it was, as soon as there is one.',
        }),
      ),
    };
  }
  if (now.getTime() - row.updatedAt.getTime() < takenWithinMs) return told;
  return { state: 'paused', reason: toFailure(new TidemarkError('job/no-executor', 'no executor has taken it')) };
}
