/** What is told when rows change: which one, never what is in it (server/db/listen.ts). */
export type Change =
  | { about: 'job'; id: string; what: 'queued' | 'state' | 'progress' | 'event' | 'cancel' }
  | { about: 'archive'; id: string; what: 'wanted' | 'status' }
  | { about: 'cluster' | 'destination' | 'backup' | 'kept' | 'executor' | 'person'; id: string }
  | { about: 'resync' };

/** `heardAt` (epoch ms) is when the server was last heard, a sign of life included. */
export interface LiveState {
  connected: boolean;
  heardAt: number | null;
}

export interface LiveHearer {
  onChanges: (changes: Change[]) => void;
  onState: (state: LiveState) => void;
}

type Message = { say: 'changes'; changes: Change[] } | { say: 'state'; state: LiveState } | { say: 'hello' };

/** The parts of the browser this needs, so that several tabs can be played through in a test. */
export interface LiveMeans {
  /** Opens the one stream; the answer closes it. */
  open: (hearer: LiveHearer) => () => void;
  channel: Pick<BroadcastChannel, 'postMessage' | 'close'> & { onmessage: ((event: MessageEvent) => unknown) | null };
  /** Resolves `held` when this tab leads and keeps the lead until the promise it returns ends; rejects on abort. */
  lead: (signal: AbortSignal, held: () => Promise<void>) => Promise<void>;
}

/**
 * One event stream for all tabs of a browser: the tab that leads holds it and passes on what it hears. When that tab is
 * closed another one leads, opens its own stream, and that begins with `resync`, so nothing in between is lost.
 * Returns the way out.
 */
export function joinLive(means: LiveMeans, hearer: LiveHearer): () => void {
  const { channel } = means;
  const leaving = new AbortController();
  let state: LiveState = { connected: false, heardAt: null };
  let leads = false;

  const hearState = (next: LiveState) => {
    state = next;
    hearer.onState(next);
  };
  const post = (message: Message) => {
    if (!leaving.signal.aborted) channel.postMessage(message);
  };
  channel.onmessage = ({ data }) => {
    const message = data as Message;
    if (message.say === 'hello') {
      if (leads) post({ say: 'state', state });
    } else if (!leads && message.say === 'changes') hearer.onChanges(message.changes);
    else if (!leads && message.say === 'state') hearState(message.state);
  };

  const leadUntilLeft = () =>
    new Promise<void>((resolve) => {
      leads = true;
      const close = means.open({
        onChanges: (changes) => {
          hearer.onChanges(changes);
          post({ say: 'changes', changes });
        },
        onState: (next) => {
          hearState(next);
          post({ say: 'state', state: next });
        },
      });
      leaving.signal.addEventListener('abort', () => {
        close();
        resolve();
      });
    });
  means.lead(leaving.signal, leadUntilLeft).catch(() => {});
  post({ say: 'hello' });

  return () => {
    leaving.abort();
    channel.onmessage = null;
    channel.close();
  };
}

/** One leader among the tabs of an origin, by Web Locks. */
export function leadByLock(signal: AbortSignal, held: () => Promise<void>): Promise<void> {
  return navigator.locks.request('tidemark-live', { signal }, held);
}

/**
 * Where there are no Web Locks (plain http away from loopback) a tab leads while it is in sight: one or two streams
 * then, never one for every tab that lies behind.
 */
export function leadWhileVisible(signal: AbortSignal, held: () => Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (document.visibilityState !== 'visible' || signal.aborted) return;
      document.removeEventListener('visibilitychange', look);
      void held().then(resolve);
    };
    document.addEventListener('visibilitychange', look);
    signal.addEventListener('abort', () => document.removeEventListener('visibilitychange', look));
    look();
  });
}
