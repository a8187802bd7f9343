import { pause } from '#server/base/abort.ts';
import { hasEnded } from '#server/contract/job.ts';
import type { Session } from '../command-line.ts';
import { failureOf, type Outputs } from '../console.ts';
import { eventLine, progressLine } from './progress-line.ts';

export type JobDetail = Outputs['job']['show'];

export interface Followed {
  /** As last seen; null when it was never seen. */
  job: JobDetail | null;
  /** Ctrl-C, or `mostMs` passed; the job goes on. */
  interrupted: boolean;
}

/** How often a job is looked at: every look costs the console some milliseconds, which a long restore next to it lacks. */
const poll = { leastMs: 300, mostMs: 1_000 };
/** A console that is started anew needs a few seconds; who waits for a restore at night must not lose sight of it then. */
const patienceMs = 120_000;

/** Until the next look at a job that has been waited for so long: its end is told a twentieth later at most, or 0.3 s. */
export const pollMsAfter = (waitedMs: number): number => Math.min(poll.mostMs, Math.max(poll.leastMs, waitedMs / 20));

/**
 * Waits until a job has ended, telling on standard error what happens. Ctrl-C ends the waiting, not the job, and says so.
 * A console that does not answer in between is asked again. Errors: `console/unreachable` after two minutes of that.
 */
export async function followJob(
  { console, out }: Session,
  jobId: string,
  options: { quiet?: boolean; mostMs?: number } = {},
): Promise<Followed> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const names = ['SIGINT', 'SIGTERM'] as const;
  for (const name of names) process.on(name, interrupt);
  const began = performance.now();
  let heard = began;
  let job: JobDetail | null = null;
  let told = { event: 0, state: '', silent: false };
  try {
    for (;;) {
      try {
        job = await console.job.show.query({ id: jobId }, { signal: stop.signal });
        heard = performance.now();
        if (told.silent) out.note('the console answers again');
        told.silent = false;
        if (!options.quiet) told = await tell(job, told);
      } catch (error) {
        if (stop.signal.aborted) break;
        if (failureOf(error).code !== 'console/unreachable' || performance.now() - heard > patienceMs) throw error;
        if (!told.silent) out.note('the console does not answer; the job does not need it, waiting for both');
        told.silent = true;
      }
      if (job && hasEnded(job.state)) return { job, interrupted: false };
      if (performance.now() - began > (options.mostMs ?? Number.POSITIVE_INFINITY)) return { job, interrupted: true };
      await pause(pollMsAfter(performance.now() - began), stop.signal);
      if (stop.signal.aborted) break;
    }
    if (!options.quiet) {
      const id = job ? String(job.number) : jobId;
      out.note(`stopped waiting; job ${id} goes on: tidemark job watch ${id}, or tidemark job cancel ${id}`);
    }
    return { job, interrupted: true };
  } finally {
    out.progress('');
    // The signal may come twice, the second time passed on: it must not kill the answer.
    if (!stop.signal.aborted) for (const name of names) process.off(name, interrupt);
  }

  async function tell(seen: JobDetail, before: typeof told): Promise<typeof told> {
    if (seen.lastEventId > before.event) {
      const events = await console.job.events.query({ jobId, after: before.event }, { signal: stop.signal });
      for (const event of events) out.note(eventLine(event));
      before = { ...before, event: events.at(-1)?.id ?? before.event };
    }
    if (out.showsProgress && !hasEnded(seen.state)) out.progress(progressLine(seen));
    else if (seen.state !== before.state) out.note(`job #${seen.number} is ${seen.state}`);
    return { ...before, state: seen.state };
  }
}
