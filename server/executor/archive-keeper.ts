import { pause } from '#server/base/abort.ts';
import type { Listener } from '#server/db/listen.ts';
import { addStreams } from '#server/log-archive/add-streams.ts';
import { claimStream } from '#server/log-archive/claim-stream.ts';
import { howWanted } from '#server/log-archive/how-wanted.ts';
import { watchCpu } from './cpu-share.ts';
import { type ArchiveRun, type ArchiveRunContext, runArchive } from './run-archive.ts';

export interface ArchiveKeeperOptions extends Omit<ArchiveRunContext, 'cpuShare'> {
  readonly listener: Listener;
  readonly executor: string;
  /** How often to look without being told: what a dead executor had is found by this. */
  readonly lookEveryMs: number;
}

/**
 * Beside the jobs: takes every log that is wanted and that nobody archives, and keeps archiving it until it is no longer
 * wanted, or wanted in another way, or this executor stops. An archive is a row with a lease, never a job without an end.
 */
export function keepArchives(options: ArchiveKeeperOptions): { stop(): Promise<void> } {
  const { db, log, clock } = options;
  const context = { ...options, cpuShare: watchCpu(clock) };
  const running = new Map<string, ArchiveRun & { how: string | undefined }>();
  const stopping = new AbortController();
  let looking: Promise<void> | null = null;
  let again = false;

  /** Calls while it is at it make it look once more, never twice at once. */
  function look(): void {
    if (stopping.signal.aborted) return;
    if (looking) {
      again = true;
      return;
    }
    looking = lookOnce()
      .catch((error: unknown) => log.warn('could not look for logs to archive', { error }))
      .finally(() => {
        looking = null;
        if (!again) return;
        again = false;
        look();
      });
  }

  async function lookOnce(): Promise<void> {
    await endUnwanted();
    await addStreams(db);
    while (!stopping.signal.aborted) {
      const since = clock.monotonicMs();
      const claimed = await claimStream(db, { executor: options.executor, leaseMs: options.lease.leaseMs });
      if (!claimed) return;
      // Read after the claim: what changes from now on ends this run, and what changed before is what it reads.
      const how = (await howWanted(db, [claimed.streamId])).get(claimed.streamId);
      const run = { ...runArchive(context, { ...claimed, since }), how };
      running.get(claimed.streamId)?.stop();
      running.set(claimed.streamId, run);
      if (stopping.signal.aborted) run.stop();
      void run.done.then(() => {
        if (running.get(claimed.streamId) === run) running.delete(claimed.streamId);
        look();
      });
    }
  }

  async function endUnwanted(): Promise<void> {
    const wanted = await howWanted(db, [...running.keys()]);
    for (const [id, run] of running) if (wanted.get(id) !== run.how || run.how === undefined) run.stop();
  }

  const unsubscribe = options.listener.subscribe((change) => {
    const tellsWanted = change.about === 'archive' && change.what === 'wanted';
    if (tellsWanted || change.about === 'cluster' || change.about === 'resync') look();
  });
  const rounds = (async () => {
    while (!stopping.signal.aborted) {
      look();
      await pause(options.lookEveryMs, stopping.signal);
    }
  })();

  return {
    stop: async () => {
      stopping.abort();
      unsubscribe();
      for (const run of running.values()) run.stop();
      await Promise.all([rounds, looking]);
      await Promise.all([...running.values()].map((run) => run.done));
    },
  };
}
