import { Elapsed } from '#components/format/ago.tsx';
import { shortSpan } from '#components/format/duration.ts';
import type { JobDetail } from '#components/trpc/outputs.ts';
import { Glyph, type State } from '#components/ui/glyph.tsx';
import { hasEnded, type JobState } from '#server/contract/job.ts';

const stepNames: Record<string, string> = {
  locate: 'Find tables',
  definition: 'Definitions',
  cut: 'Cut',
  rows: 'Rows',
  publish: 'Publish',
};

/** What the job as a whole has been at, and how long each step took. */
export function StepLine({ job }: { job: JobDetail }) {
  const steps = job.progress?.steps ?? [];
  if (steps.length === 0) return null;
  return (
    <div className="border-t border-line px-5 pt-2.5 text-12 max-md:px-3">
      <ol aria-label="Steps" className="flex flex-wrap gap-x-4 gap-y-1">
        {steps.map(({ step, startedAt, endedAt }, at) => (
          <li key={`${step} ${startedAt}`} className="inline-flex items-center gap-1.5 whitespace-nowrap text-ink-2">
            <Glyph state={at === steps.length - 1 ? lastGlyph(job.state) : endedAt === null ? 'idle' : 'ok'} />
            {stepNames[step] ?? step}
            <span className="text-ink-3 tabular-nums">
              {endedAt !== null ? (
                shortSpan(Date.parse(endedAt) - Date.parse(startedAt))
              ) : (
                <Elapsed since={new Date(startedAt)} until={job.endedAt} />
              )}
            </span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The step a job is at, or was at when it ended: one that was cancelled or failed there did not do it. */
function lastGlyph(state: JobState): State {
  if (!hasEnded(state)) return 'run';
  return state === 'failed' ? 'bad' : state === 'cancelled' ? 'idle' : 'ok';
}
