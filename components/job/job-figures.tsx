import { Elapsed } from '#components/format/ago.tsx';
import { formatByteRate, formatBytes } from '#components/format/bytes.ts';
import { formatDuration } from '#components/format/duration.ts';
import { formatCount, formatPercent } from '#components/format/number.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { Card } from '#components/ui/card.tsx';
import { Progress } from '#components/ui/progress.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';
import { hasEnded } from '#server/contract/job.ts';
import { shareOf, totalOf } from './job-progress.tsx';
import { StepLine } from './step-line.tsx';
import { WaitLines } from './wait-lines.tsx';

/** How far it is in one bar, and the numbers behind it. What nobody knows yet is a dash. */
export function JobFigures({ job }: { job: JobDetail }) {
  const { progress } = job;
  const ended = hasEnded(job.state);
  const share = job.state === 'succeeded' ? 1 : shareOf(job);
  const rowsTotal = progress && totalOf(progress.rowsDone, progress.rowsTotal);
  const bytesTotal = progress && totalOf(progress.bytesDone, progress.bytesTotal);
  const isAbout = !ended || (job.input.kind === 'restore' && job.input.plan.log !== null);
  const verb = job.kind === 'backup' ? 'read' : 'loaded';
  return (
    <Card aria-label="Progress" className="flex flex-col gap-3 py-3">
      <div className="flex items-center max-md:flex-col max-md:items-stretch max-md:gap-3">
        <div className="min-w-0 flex-1 px-5 max-md:px-3">
          <p className="flex justify-between gap-2 text-12 text-ink-3">
            <span>Bytes {verb}</span>
            <span>{bytesTotal ? `of ${isAbout ? 'about ' : ''}${formatBytes(bytesTotal)}` : ''}</span>
          </p>
          <p className="text-20 leading-[1.4] font-semibold tracking-[-0.015em] tabular-nums">
            {progress ? formatBytes(progress.bytesDone) : '–'}
            <small className="ml-1.5 text-12 font-normal tracking-normal text-ink-3">
              {share !== undefined && !ended ? formatPercent(share) : ''}
            </small>
          </p>
          {job.state === 'queued' ? (
            <p className="text-12 text-ink-2">Waits for an executor.</p>
          ) : (
            <Progress
              value={ended ? (share ?? 0) : share}
              tone={
                job.state === 'failed' || job.state === 'partly' ? 'bad' : job.state === 'cancelled' ? 'idle' : 'accent'
              }
              label={`Bytes ${verb}`}
              className="mt-1.5"
            />
          )}
        </div>
        <StatRow className="shrink-0">
          {ended ? (
            <Stat caption="Took" value={job.startedAt ? <Elapsed since={job.startedAt} until={job.endedAt} /> : '–'} />
          ) : (
            <Stat
              caption="Done in"
              value={progress?.etaMs == null ? '–' : `about ${formatDuration(progress.etaMs)}`}
              note={rateNote(job)}
            />
          )}
          <Stat
            caption="Rows"
            value={progress ? formatCount(progress.rowsDone) : '–'}
            note={rowsTotal ? `of ${isAbout ? 'about ' : ''}${formatCount(rowsTotal)} ${verb}` : verb}
          />
          <Stat
            caption="Tables"
            value={progress ? formatCount(progress.tables.done) : '–'}
            note={progress ? `of ${formatCount(progress.tables.total)} done` : 'not known yet'}
            tone={progress && progress.tables.failed > 0 ? 'bad' : undefined}
          />
        </StatRow>
      </div>
      <WaitLines job={job} />
      <StepLine job={job} />
    </Card>
  );
}

/** Behind the last byte a restore builds indexes and compares, and the rate says nothing of those. */
function rateNote({ kind, progress }: JobDetail): string {
  if (progress?.bytesTotal && progress.bytesDone >= progress.bytesTotal) {
    return kind === 'backup' ? 'all rows are read' : 'all rows are loaded';
  }
  return progress?.bytesPerSecond == null ? 'no rate yet' : `at ${formatByteRate(progress.bytesPerSecond)}`;
}
