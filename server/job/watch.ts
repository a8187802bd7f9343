import type { Context } from '#server/audit/context.ts';
import { hasEnded, type JobEvent } from '#server/contract/job.ts';
import type { Change, Listener } from '#server/db/listen.ts';
import { listJobEvents } from './events.ts';
import { type JobView, jobViewColumns, jobViewOf } from './job-view.ts';
import { type JobTableView, listJobTables } from './show.ts';

export interface WatchContext extends Pick<Context, 'db'> {
  readonly listener: Listener;
}

/** What happened to a job since the last one. `mark` resumes after it: the browser sends it back when it reconnects. */
export interface JobChange {
  mark: string;
  job: JobView;
  tables: JobTableView[];
  events: JobEvent[];
}

/** A page of tables: more would make one message too long to be read at once by a browser. */
const tablesAtOnce = 1_000;

/**
 * The present state of a job, then every change of it, until it has ended or `signal` aborts. With `after` (a `mark`)
 * only what is newer: no event is repeated and nothing is left out. More than 1,000 tables that changed come in several
 * changes. A job that does not exist yields nothing.
 */
export async function* watchJob(
  { db, listener }: WatchContext,
  input: { jobId: string; after?: string; signal: AbortSignal },
): AsyncGenerator<JobChange> {
  const { jobId, signal } = input;
  let [event, version] = readMark(input.after);
  const changes = listenFor(
    listener,
    (change) => change.about === 'resync' || (change.about === 'job' && change.id === jobId),
  );
  try {
    for (let first = true; ; first = false) {
      const row = await db.job.findUnique({ where: { id: jobId }, select: jobViewColumns });
      if (!row) return;
      const job = jobViewOf(row);
      const newerThan = first && !input.after ? undefined : version;
      const events = await listJobEvents({ db }, { jobId, after: event });
      event = events.at(-1)?.id ?? event;
      for (let from: number | undefined, told = false; ; told = true) {
        const { tables, next } = await listJobTables({ db }, { jobId, newerThan, after: from, limit: tablesAtOnce });
        const news = first || job.version > version || tables.length > 0 || events.length > 0;
        // Whoever reconnects after a page in the middle is told all pages again: none is left out.
        if (next === null) version = job.version;
        if (news && !signal.aborted) yield { mark: `${event}.${version}`, job, tables, events: told ? [] : events };
        if (next === null || signal.aborted) break;
        from = next;
      }
      // A page of events may be full, and an end may come with more of them.
      if (events.length >= 500) continue;
      if (hasEnded(job.state) || !(await changes.next(signal))) return;
      changes.take();
    }
  } finally {
    changes.close();
  }
}

/** Every change of anything, as it is told: which thing, never what is in it. For lists that look again. */
export async function* watchChanges(
  { listener }: Pick<WatchContext, 'listener'>,
  input: { signal: AbortSignal },
): AsyncGenerator<Change[]> {
  const changes = listenFor(listener, () => true);
  try {
    while (await changes.next(input.signal)) yield changes.take();
  } finally {
    changes.close();
  }
}

function readMark(mark: string | undefined): [event: number, version: bigint] {
  const found = /^(\d{1,9})\.(\d{1,18})$/.exec(mark ?? '');
  return found ? [Number(found[1]), BigInt(found[2]!)] : [0, 0n];
}

/** More than a screen can use: then it is told to look at everything instead. */
const mostWaiting = 500;

/** Collects changes while nobody waits; the same one waits once. */
function listenFor(listener: Listener, wanted: (change: Change) => boolean) {
  const waiting = new Map<string, Change>();
  let wake = () => {};
  const close = listener.subscribe((change) => {
    if (!wanted(change)) return;
    if (waiting.size >= mostWaiting) {
      waiting.clear();
      waiting.set('resync', { about: 'resync' });
    } else waiting.set(JSON.stringify(change), change);
    wake();
  });
  const arrival = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  return {
    /** true when something is new, false when the signal aborted. Forgets what was waiting only through `take`. */
    next: async (signal: AbortSignal): Promise<boolean> => {
      while (waiting.size === 0 && !signal.aborted) await arrival(signal);
      return !signal.aborted;
    },
    take: (): Change[] => {
      const taken = [...waiting.values()];
      waiting.clear();
      return taken;
    },
    close,
  };
}
