import type { Clock } from '#server/base/clock.ts';
import { hasCode, toFailure } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { ArchiveStatus } from '#server/command/archive/command.ts';
import type { StreamState } from '#server/contract/log-archive.ts';
import type { StreamReport } from '#server/log-archive/report-stream.ts';

/** The row is written this often at most, however often the work reports. */
const writeEveryMs = 1_000;

const states: Record<ArchiveStatus['state'], StreamState> = {
  behind: 'catching-up',
  live: 'following',
  paused: 'paused',
};

/**
 * Makes writes of what a run of an archive says of itself: one at a time, once a second at most, and none without news.
 * What could not be written is told with the next.
 */
export function openArchiveStatus(options: {
  clock: Clock;
  log: Logger;
  write: (report: StreamReport) => Promise<void>;
  cpuShare: () => number | null;
}) {
  const { clock, log } = options;
  let last: ArchiveStatus | null = null;
  let news = false;
  let logBytes = 0;
  let writtenBytes = 0;
  let gaps: StreamReport['gaps'] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  function writeSoon(): void {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      void write();
    }, writeEveryMs);
  }

  function write(): Promise<void> {
    writing = writing.then(async () => {
      if (closed || !news || last === null) return;
      const told = { logBytes, writtenBytes, gaps };
      [news, logBytes, writtenBytes, gaps] = [false, 0, 0, []];
      try {
        await options.write({ ...reportOf(last), ...told, executorCpu: options.cpuShare() });
      } catch (error) {
        // The lease notices by itself that it is lost, and ends the run.
        if (hasCode(error, 'job/lease-lost')) return;
        log.warn('could not write how far the log is archived; trying again', { error });
        news = true;
        logBytes += told.logBytes;
        writtenBytes += told.writtenBytes;
        gaps = [...told.gaps, ...gaps];
        writeSoon();
      }
    });
    return writing;
  }

  return {
    report: (status: ArchiveStatus): void => {
      // Bytes are counted from where a run begins, and what it finds in the repository was counted by the one before.
      const goesOn = last !== null && last.state !== 'paused' && status.logBytes >= last.logBytes;
      if (goesOn && status.state !== 'paused') {
        logBytes += status.logBytes - last!.logBytes;
        writtenBytes += status.storedBytes - last!.storedBytes;
      }
      last = status;
      news = true;
      writeSoon();
    },
    gap: (message: string): void => {
      gaps = [...gaps, { at: clock.now().toISOString(), message }];
      news = true;
      writeSoon();
    },
    /** Writes what is left; called while the row is still held. */
    settle: async (): Promise<void> => {
      clearTimeout(timer);
      timer = undefined;
      await write();
    },
    close: (): void => {
      closed = true;
      clearTimeout(timer);
    },
  };
}

function reportOf(status: ArchiveStatus): Omit<StreamReport, 'logBytes' | 'writtenBytes' | 'gaps' | 'executorCpu'> {
  const { durable, clockSkewMs } = status;
  return {
    state: states[status.state],
    reason: status.error && toFailure(status.error),
    reached: durable && { file: durable.file, position: durable.position, gtid: durable.gtid },
    committedAt: durable?.committedAt ?? null,
    archivedUntil: archivedUntil(status),
    // A run that never reached the server knows nothing of its clock.
    clockSkewMs: status.state === 'paused' && durable === null ? null : clockSkewMs,
    segments: status.state === 'paused' && durable === null ? null : status.sequence,
  };
}

/**
 * Until when, by our clock, everything that was committed is archived. What is not archived yet was written behind the
 * last commit that is, so not before its time; and where the server had nothing more, until that moment.
 */
export function archivedUntil({ caughtUpAt, durable, clockSkewMs }: ArchiveStatus): Date | null {
  const committedAt = durable?.committedAt;
  const byCommit = committedAt ? committedAt.getTime() - clockSkewMs : null;
  const latest = Math.max(caughtUpAt?.getTime() ?? 0, byCommit ?? 0);
  return latest === 0 ? null : new Date(latest);
}
