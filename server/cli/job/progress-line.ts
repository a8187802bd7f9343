import { formatByteRate, formatBytes, formatBytesOf } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatCount, plural } from '#components/format/number.ts';
import { hasEnded, type JobEvent, type JobState } from '#server/contract/job.ts';
import type { JobProgress } from '#server/contract/progress.ts';

/** `#12 running · 3 of 5 tables · 1,200 of 4,000 rows · 9.1 of 26.8 GB · 31 MB/s · 12 s left` */
export function progressLine(job: { number: number; state: JobState; progress: JobProgress | null }): string {
  const parts = [`#${job.number} ${job.state}`];
  const { progress } = job;
  if (progress) {
    const { tables, rowsDone, rowsTotal, bytesDone, bytesTotal, bytesPerSecond, etaMs } = progress;
    if (tables.total > 0) parts.push(`${tables.done + tables.failed} of ${plural(tables.total, 'table')}`);
    if (tables.failed > 0) parts.push(`${tables.failed} failed`);
    // What the log adds is in no total: one that has been passed is not told any more.
    parts.push(
      rowsTotal === null || rowsDone > rowsTotal
        ? plural(rowsDone, 'row')
        : `${formatCount(rowsDone)} of ${plural(rowsTotal, 'row')}`,
    );
    parts.push(
      bytesTotal === null || bytesDone > bytesTotal ? formatBytes(bytesDone) : formatBytesOf(bytesDone, bytesTotal),
    );
    // The last rate and rest of a job that has ended are of no use to anybody.
    if (!hasEnded(job.state) && bytesPerSecond !== null) parts.push(formatByteRate(bytesPerSecond));
    if (!hasEnded(job.state) && etaMs !== null) parts.push(`${formatDuration(etaMs)} left`);
  }
  return parts.join(' · ');
}

/** `10:15:00Z warn  lock of t given back` */
export function eventLine({ at, level, message }: Pick<JobEvent, 'at' | 'level' | 'message'>): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z ${level.padEnd(4)} ${message}`;
}
