import { pause } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, type TidemarkError, toFailure } from '#server/base/error.ts';
import { backoffMs } from '#server/base/retry.ts';
import { archive } from '#server/command/archive/archive.ts';
import type { ArchiveAttempt, ArchiveSizes } from '#server/command/archive/command.ts';
import { handingBack } from '#server/command/attempt.ts';
import type { ClaimedStream } from '#server/log-archive/claim-stream.ts';
import { isStreamHeld, renewStream, streamLost } from '#server/log-archive/held-stream.ts';
import { releaseStream } from '#server/log-archive/release-stream.ts';
import { reportStream } from '#server/log-archive/report-stream.ts';
import { openArchiveStatus } from './archive-status.ts';
import { type ConnectContext, connectCluster, connectStorageNode, openDestination } from './connect.ts';
import { type HeldLease, keepLease } from './lease.ts';
import type { RunContext } from './run-job.ts';

/** Waits between runs that failed: soon where that helps, and no load on a server where it does not. */
export interface RetryTiming {
  readonly firstMs: number;
  readonly longestMs: number;
}
export const archiveRetry: RetryTiming = { firstMs: 2_000, longestMs: 120_000 };

export interface ArchiveRunContext extends ConnectContext, Pick<RunContext, 'clock' | 'log' | 'lease' | 'grace'> {
  readonly cpuShare: () => number | null;
  readonly retry?: RetryTiming;
  readonly sizes?: Partial<ArchiveSizes>;
}

export interface ArchiveRun {
  readonly streamId: string;
  /** Settles when the stream was given up or lost. Never rejects. */
  readonly done: Promise<void>;
  /** Seals what was read and gives the stream up. */
  stop(): void;
}

/**
 * One run of one node's archive, from claim to release. A command that fails is told why in the row, and nobody begins
 * the next run before the wait is over; a lease that is lost writes nothing more.
 */
export function runArchive(context: ArchiveRunContext, claimed: ClaimedStream & { since: number }): ArchiveRun {
  const { db, clock } = context;
  const log = context.log.with({ stream: claimed.streamId, node: claimed.node, attempt: claimed.attemptId });
  const stop = new AbortController();
  const abandon = new AbortController();
  const ended = new AbortController();

  const lease = keepLease({
    row: {
      renew: async (leaseMs) => {
        await renewStream(db, claimed, leaseMs);
        return { cancelRequested: false };
      },
      isHeld: () => isStreamHeld(db, claimed),
      lost: () => streamLost(claimed),
    },
    clock,
    log,
    timing: context.lease,
    since: claimed.since,
    onLost: (error) => {
      log.warn('lost the lease; this run archives nothing more');
      stop.abort(error);
      abandon.abort(error);
    },
  });

  const wantStop = async () => {
    if (stop.signal.aborted) return;
    stop.abort(handingBack());
    await pause(context.grace.shutdownMs, ended.signal);
    if (!ended.signal.aborted) abandon.abort(handingBack());
  };

  const status = openArchiveStatus({
    clock,
    log,
    cpuShare: context.cpuShare,
    write: (report) => reportStream(db, claimed, report),
  });

  async function run(): Promise<void> {
    try {
      const cancellation = { stop: stop.signal, abandon: abandon.signal };
      const thrown = await archiveNode(context, claimed, { cancellation, lease, log, status });
      await status.settle();
      lease.stop();
      if (thrown && hasCode(thrown, 'job/lease-lost')) return;
      await releaseStream(db, claimed, releaseOf(thrown, stop.signal.aborted, claimed, context.retry ?? archiveRetry));
      if (thrown && !stop.signal.aborted) log.warn('the archive failed; it is tried again', { error: thrown });
    } catch (error) {
      log.error('could not give the stream up; its lease runs out now', { error });
    } finally {
      lease.stop();
      status.close();
      ended.abort();
    }
  }

  /** What does not end even then must not keep the log for ever. */
  const gaveUp = new Promise<void>((resolve) => {
    abandon.signal.addEventListener('abort', async () => {
      await pause(context.grace.giveUpMs, ended.signal);
      if (ended.signal.aborted) return;
      log.error('the archive does not stop; another run will take the log');
      lease.surrender();
      status.close();
      resolve();
    });
  });

  log.info('archiving the log');
  return { streamId: claimed.streamId, done: Promise.race([run(), gaveUp]), stop: () => void wantStop() };
}

interface Means extends Pick<ArchiveAttempt, 'cancellation' | 'log'> {
  readonly lease: HeldLease;
  readonly status: ReturnType<typeof openArchiveStatus>;
}

/** From rows to bytes: opens the destination and archives to it. Answers what it threw; null: it was stopped. */
async function archiveNode(
  context: ArchiveRunContext,
  claimed: ClaimedStream,
  { cancellation, lease, log, status }: Means,
): Promise<TidemarkError | null> {
  try {
    const cluster = await connectCluster(context, claimed.clusterId);
    const node = await connectStorageNode(context.db, cluster, claimed.node);
    const { storage } = await openDestination(context.db, claimed.destinationId);
    try {
      const attempt: ArchiveAttempt = {
        attemptId: claimed.attemptId,
        cancellation,
        clock: context.clock,
        log,
        lease,
        event: (level, message) => {
          if (level === 'bad') status.gap(message);
          log[level === 'info' ? 'info' : 'warn'](message);
        },
        report: status.report,
      };
      const stream = { id: claimed.streamId, cluster: { id: cluster.id, name: cluster.name }, node: claimed.node };
      await archive(attempt, { storage, stream, node, begin: 'oldest', sizes: context.sizes });
      return null;
    } finally {
      await storage.close();
    }
  } catch (error) {
    return asTidemarkError(error);
  }
}

function releaseOf(thrown: TidemarkError | null, wasStopped: boolean, claimed: ClaimedStream, retry: RetryTiming) {
  // Whatever a run that is stopped throws is found again by the next one, if it is still there.
  if (thrown === null || wasStopped) return { reason: null } as const;
  return {
    reason: toFailure(thrown),
    state: thrown.retryable ? ('paused' as const) : ('failed' as const),
    retryMs: Math.round(backoffMs(claimed.failures, retry.firstMs, retry.longestMs)),
  };
}
