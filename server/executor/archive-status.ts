import type { Clock } from '#server/base/clock.ts';
import { toFailure } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { ArchiveStatus } from '#server/command/archive/command.ts';
import type { StreamState } from '#server/contract/log-archive.ts';
import type { StreamReport } from '#server/log-archive/report-stream.ts';
import { openToldWrites } from './told-writes.ts';

/** The row is written this often at most, however often the work reports. */
const writeEveryMs = 1_000;

const states: Record<ArchiveStatus['state'], StreamState> = {
  behind: 'catching-up',
  live: 'following',
  paused: 'paused',
};

/** Makes writes of what a run of an archive says of itself. */
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
  const writes = openToldWrites({
    ...{ everyMs: writeEveryMs, log, failure: 'could not write how far the log is archived' },
    take: () => {
      if (!news || last === null) return null;
      const told = { ...reportOf(last), logBytes, writtenBytes, gaps, executorCpu: options.cpuShare() };
      [news, logBytes, writtenBytes, gaps] = [false, 0, 0, []];
      return told;
    },
    write: options.write,
    putBack: (told) => {
      news = true;
      logBytes += told.logBytes;
      writtenBytes += told.writtenBytes;
      gaps = [...told.gaps, ...gaps];
    },
  });

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
      writes.soon();
    },
    gap: (message: string): void => {
      gaps = [...gaps, { at: clock.now().toISOString(), message }];
      news = true;
      writes.soon();
    },
    settle: writes.settle,
    close: writes.close,
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
