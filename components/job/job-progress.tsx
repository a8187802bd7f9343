import { formatByteRate, formatBytes, formatBytesOf } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatCount, plural } from '#components/format/number.ts';
import type { Job } from '#components/trpc/outputs.ts';
import { Progress } from '#components/ui/progress.tsx';
import { hasEnded } from '#server/contract/job.ts';
import { jobName } from './job-words.ts';

/** How far a job is, from 0 to 1; undefined while nobody knows its size. */
export function shareOf({ progress }: Pick<Job, 'progress'>): number | undefined {
  if (!progress) return undefined;
  if (progress.bytesTotal) return Math.min(1, progress.bytesDone / progress.bytesTotal);
  return progress.rowsTotal ? Math.min(1, progress.rowsDone / progress.rowsTotal) : undefined;
}

/** What the log adds is in no total: one that has been passed is not told any more. */
export const totalOf = (done: number, total: number | null): number | null =>
  total !== null && done <= total ? total : null;

/** "9.1 of 26.8 GB · 31 MB/s · 5 of 14 tables done": only what is known. */
export function progressWords({ progress }: Pick<Job, 'progress'>): string {
  if (!progress) return 'Nothing is reported yet.';
  const { bytesDone, bytesTotal, bytesPerSecond, tables } = progress;
  const parts = [
    bytesTotal ? bytesWords(bytesDone, bytesTotal) : null,
    bytesPerSecond === null ? null : formatByteRate(bytesPerSecond),
    tables.total > 0 ? `${formatCount(tables.done)} of ${plural(tables.total, 'table')} done` : null,
    tables.failed > 0 ? `${plural(tables.failed, 'table')} failed` : null,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

const bytesWords = (done: number, total: number) =>
  totalOf(done, total) === null ? formatBytes(done) : formatBytesOf(done, total);

export const etaWords = ({ progress }: Pick<Job, 'progress'>): string | null =>
  progress?.etaMs == null ? null : `about ${formatDuration(progress.etaMs)} left`;

export function JobProgressBar({ job, className }: { job: Job; className?: string }) {
  if (hasEnded(job.state) || job.state === 'queued') return null;
  return (
    <Progress
      value={shareOf(job)}
      label={`Progress of ${jobName(job)}`}
      text={progressWords(job)}
      className={className}
    />
  );
}
