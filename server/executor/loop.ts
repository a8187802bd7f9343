import { pause } from '#server/base/abort.ts';
import type { Listener } from '#server/db/listen.ts';
import { type Lane, lanes } from '#server/db/nudge.ts';
import { claimJob } from '#server/job/claim.ts';
import { keepArchives } from './archive-keeper.ts';
import { announcePresence } from './presence.ts';
import { type JobRun, type RunContext, runJob } from './run-job.ts';
import { sweepOften, sweepSeldom } from './sweep.ts';
import { openWake } from './wake.ts';

/** Jobs at once. Long ones share two processor cores and the network with each other; questions only wait for servers. */
export const defaultSlots: Record<Lane, number> = { long: 4, quick: 8 };

export interface ExecutorOptions extends RunContext {
  readonly databaseUrl: string;
  readonly listener: Listener;
  readonly version: string;
  readonly slots: Record<Lane, number>;
  /** How often to look without being woken: a lost message delays a job by this much and no more. */
  readonly lookEveryMs: number;
}

export interface RunningExecutor {
  /** Begins nothing new, hands back or ends what runs, within bounds; then leaves nothing behind. */
  stop(): Promise<void>;
}

/**
 * Takes jobs and runs them until it is stopped. Three things wake it: a change told by the database, a message of the
 * queue, and its own look every few seconds, which finds whatever the first two have lost, and jobs of executors that died.
 */
export async function startExecutor(options: ExecutorOptions): Promise<RunningExecutor> {
  const { db, log, clock } = options;
  const running = new Set<JobRun & { lane: Lane }>();
  const stopping = new AbortController();
  const filling: Partial<Record<Lane, Promise<void>>> = {};
  const again = new Set<Lane>();

  const freeSlots = (lane: Lane) => options.slots[lane] - [...running].filter((run) => run.lane === lane).length;

  /** Fills the free slots of a lane. Calls while it is at it make it look once more, never twice at once. */
  function look(lane: Lane): void {
    if (stopping.signal.aborted) return;
    if (filling[lane]) {
      again.add(lane);
      return;
    }
    filling[lane] = fill(lane)
      .catch((error: unknown) => log.warn('could not look for jobs', { lane, error }))
      .finally(() => {
        delete filling[lane];
        if (again.delete(lane)) look(lane);
      });
  }

  async function fill(lane: Lane): Promise<void> {
    while (!stopping.signal.aborted && freeSlots(lane) > 0) {
      const since = clock.monotonicMs();
      const claimed = await claimJob(db, { executor: options.executor, lane, leaseMs: options.lease.leaseMs });
      if (!claimed) return;
      const run = { ...runJob(options, { ...claimed, lane, since }), lane };
      running.add(run);
      // Taken in the very moment of stopping: back it goes.
      if (stopping.signal.aborted) run.handBack();
      void run.done.then(() => {
        running.delete(run);
        look(lane);
      });
    }
  }

  const lookEverywhere = () => lanes.forEach(look);
  const unsubscribe = options.listener.subscribe((change) => {
    if (change.about === 'resync') lookEverywhere();
    if (change.about !== 'job') return;
    if (change.what === 'queued') lookEverywhere();
    if (change.what === 'cancel') for (const run of running) if (run.jobId === change.id) run.cancel();
  });
  const endPresence = await announcePresence(db, log, options.executor, options.version);
  const endWake = await openWake(options.databaseUrl, log, look);
  const archives = keepArchives(options);
  const rounds = [
    everyFew(options.lookEveryMs, stopping.signal, async () => {
      await sweepOften(options).catch((error: unknown) => log.warn('could not sweep', { error }));
      lookEverywhere();
    }),
    everyFew(60_000, stopping.signal, () =>
      sweepSeldom(options).catch((error: unknown) => log.warn('could not sweep', { error })),
    ),
  ];
  lookEverywhere();
  log.info('executor is ready', { executor: options.executor, slots: options.slots });

  return {
    stop: async () => {
      stopping.abort();
      unsubscribe();
      const archivesEnded = archives.stop();
      await endWake();
      for (const run of running) run.handBack();
      await Promise.all([...Object.values(filling), ...rounds]);
      await Promise.all([...running].map((run) => run.done));
      await archivesEnded;
      await endPresence();
    },
  };
}

async function everyFew(ms: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await pause(ms, signal);
    if (!signal.aborted) await work();
  }
}
