import pg from 'pg';
import type { Logger } from '#server/base/log.ts';
import { backoffMs } from '#server/base/retry.ts';
import { connectionOf } from './migration-adapter.ts';

/** What is told when rows change: which one, never what is in it. `resync` = some may have been missed, look again. */
export type Change =
  | { about: 'job'; id: string; what: 'queued' | 'state' | 'progress' | 'event' | 'cancel' }
  | { about: 'archive'; id: string; what: 'wanted' | 'status' }
  | { about: 'cluster' | 'destination' | 'backup' | 'kept' | 'executor' | 'person'; id: string }
  | { about: 'resync' };

/** One connection of a process that hears of changes, and hands them to everybody who asked. */
export interface Listener {
  /** Calls `hear` for every change from now on; the answer ends that. */
  subscribe(hear: (change: Change) => void): () => void;
  close(): Promise<void>;
}

export const changeChannel = 'tidemark';

/**
 * Returns once it listens, so that no change after that is missed. A lost connection is made again, for ever, and
 * everybody gets `resync` then.
 */
export async function openListener(databaseUrl: string, log: Logger): Promise<Listener> {
  const hearers = new Set<(change: Change) => void>();
  const closing = new AbortController();
  let client: pg.Client | undefined;
  let failures = 0;

  const tell = (change: Change) => {
    for (const hear of hearers) hear(change);
  };

  async function connect(): Promise<void> {
    const fresh = new pg.Client({
      connectionString: connectionOf(databaseUrl).connectionString,
      application_name: 'tidemark listener',
      keepAlive: true,
    });
    let lost = false;
    const onLost = (error?: Error) => {
      if (lost || closing.signal.aborted) return;
      lost = true;
      log.warn('lost the connection that hears of changes', { error });
      void fresh.end().catch(() => {});
      reconnectLater();
    };
    fresh.on('error', onLost);
    await fresh.connect();
    fresh.on('end', () => onLost());
    fresh.on('notification', ({ payload }) => {
      if (payload) tell(JSON.parse(payload) as Change);
    });
    await fresh.query(`LISTEN ${changeChannel}`);
    client = fresh;
    failures = 0;
  }

  function reconnectLater(): void {
    const timer = setTimeout(
      () => {
        if (closing.signal.aborted) return;
        connect().then(
          () => tell({ about: 'resync' }),
          () => reconnectLater(),
        );
      },
      backoffMs(failures++, 100, 5_000),
    );
    closing.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  await connect();
  return {
    subscribe: (hear) => {
      hearers.add(hear);
      return () => hearers.delete(hear);
    },
    close: async () => {
      closing.abort();
      hearers.clear();
      await client?.end().catch(() => {});
    },
  };
}
