import type { JobState } from '#server/contract/job.ts';
import { hasEnded } from '#server/contract/job.ts';
import type { Database } from '#server/db/client.ts';
import type { Listener } from '#server/db/listen.ts';

export interface Ended {
  state: JobState;
  result: unknown;
  error: unknown;
}

/**
 * Hears of a job from now on: create it first, then the job, then wait; nothing that happens in between is missed.
 * `started` resolves when the job has left the queue, `ended` when it has ended; false/null when `timeoutMs` passed.
 */
export function watchForEnd(db: Database, listener: Listener) {
  let wake = () => {};
  let news = false;
  let watched: string | undefined;
  const unsubscribe = listener.subscribe((change) => {
    if (change.about !== 'resync' && (change.about !== 'job' || (watched !== undefined && change.id !== watched)))
      return;
    news = true;
    wake();
  });

  async function until<T>(jobId: string, timeoutMs: number, look: (row: Ended) => T | null): Promise<T | null> {
    watched = jobId;
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      news = false;
      const row = await db.job.findUniqueOrThrow({
        where: { id: jobId },
        select: { state: true, result: true, error: true },
      });
      const found = look(row as Ended);
      const left = deadline - performance.now();
      if (found !== null || left <= 0) return found;
      if (!news) await waitFor(left);
    }
  }

  const waitFor = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  return {
    started: async (jobId: string, timeoutMs: number) =>
      (await until(jobId, timeoutMs, (row) => (row.state === 'queued' ? null : true))) ?? false,
    ended: (jobId: string, timeoutMs: number) => until(jobId, timeoutMs, (row) => (hasEnded(row.state) ? row : null)),
    close: unsubscribe,
  };
}
