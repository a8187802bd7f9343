'use client';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createTRPCClient, httpSubscriptionLink } from '@trpc/client';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import superjson from 'superjson';
import type { AppRouter } from '#server/api/app-router.ts';
import {
  type Change,
  joinLive,
  type LiveHearer,
  type LiveMeans,
  type LiveState,
  leadByLock,
  leadWhileVisible,
} from './live-stream.ts';
import { isTouched } from './touched.ts';

const LiveContext = createContext<LiveState>({ connected: false, heardAt: null });

/** Whether this tab hears of changes, and when it last did. */
export const useLive = (): LiveState => useContext(LiveContext);

/** Screens ask again at most this often, however fast things change. */
const askEveryMs = 1_000;
const beginAgainMs = 2_000;

/** Once around the signed-in pages: what changes on the server is asked for again by whatever screen shows it. */
export function LiveProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [state, setState] = useState<LiveState>({ connected: false, heardAt: null });
  useEffect(() => {
    const asker = createAsker(queries);
    const leave = joinLive(browserMeans(), { onChanges: asker.hear, onState: setState });
    return () => {
      asker.stop();
      leave();
    };
  }, [queries]);
  return <LiveContext value={state}>{children}</LiveContext>;
}

function browserMeans(): LiveMeans {
  return {
    channel: new BroadcastChannel('tidemark-live'),
    lead: 'locks' in navigator ? leadByLock : leadWhileVisible,
    open: openStream,
  };
}

/** tRPC's own client reads the stream and connects again by itself; signs of life are heard beside it. */
function openStream({ onChanges, onState }: LiveHearer): () => void {
  let connected = false;
  let heardAt: number | null = null;
  const tell = (next: boolean, heard: boolean) => {
    connected = next;
    if (heard) heardAt = Date.now();
    onState({ connected, heardAt });
  };
  class HeardSource extends EventSource {
    constructor(url: string | URL, init?: EventSourceInit) {
      super(url, init);
      this.addEventListener('ping', () => tell(true, true));
    }
  }
  const client = createTRPCClient<AppRouter>({
    links: [httpSubscriptionLink({ url: '/api/trpc', transformer: superjson, EventSource: HeardSource })],
  });
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let subscription: { unsubscribe: () => void } | undefined;
  const begin = () => {
    subscription = client.job.live.subscribe(undefined, {
      onStarted: () => tell(true, true),
      onData: (changes) => {
        tell(true, true);
        onChanges(changes);
      },
      onConnectionStateChange: ({ state }) => (state === 'pending' ? tell(true, true) : tell(false, false)),
      onError: again,
      onComplete: again,
    });
  };
  // An answer that is no stream (a proxy whose console restarts) ends a browser's event source for good.
  const again = () => {
    if (closed) return;
    tell(false, false);
    timer = setTimeout(begin, beginAgainMs);
  };
  begin();
  return () => {
    closed = true;
    clearTimeout(timer);
    subscription?.unsubscribe();
  };
}

function createAsker(queries: QueryClient) {
  let waiting: Change[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = () => {
    const changes = waiting;
    waiting = [];
    timer = undefined;
    if (changes.length === 0) return;
    void queries.invalidateQueries({
      predicate: ({ queryKey, state }) => {
        const [path, options] = queryKey as [unknown, { input?: { jobId?: string } } | undefined];
        if (!Array.isArray(path)) return false;
        const shown = (state.data as { id?: string } | undefined)?.id;
        return isTouched(path.join('.'), options?.input?.jobId ?? shown, changes);
      },
    });
    timer = setTimeout(ask, askEveryMs);
  };
  return {
    hear: (changes: Change[]) => {
      waiting.push(...changes);
      timer ??= setTimeout(ask, 20);
    },
    stop: () => clearTimeout(timer),
  };
}
