import { formatDuration } from '#components/format/duration.ts';
import type { State } from '#components/ui/glyph.tsx';
import type { ShownStreamState, StreamView } from '#server/contract/log-archive.ts';

/** Beyond this an archive that follows is behind what it promises. */
const lagsMs = 10_000;

type Told = Pick<StreamView, 'state' | 'lagMs'>;

const words: Record<ShownStreamState, { word: string; state: State }> = {
  starting: { word: 'Starting', state: 'run' },
  'catching-up': { word: 'Catching up', state: 'run' },
  following: { word: 'Following', state: 'ok' },
  paused: { word: 'Paused', state: 'warn' },
  failed: { word: 'Failing', state: 'bad' },
  stopping: { word: 'Stopping', state: 'run' },
  stopped: { word: 'Stopped', state: 'idle' },
};

/** A stream in a word; one that follows and lags is not well, whatever it says of itself. */
export function streamWords({ state, lagMs }: Told): { word: string; state: State } {
  if (state === 'following' && lagMs !== null && lagMs > lagsMs) return { word: 'Lagging', state: 'warn' };
  return words[state];
}

const badness: Record<State, number> = { bad: 4, warn: 3, run: 2, unknown: 1, idle: 1, ok: 0 };

/** The archive as its worst node; null where there is no node. */
export function archiveWords(streams: readonly Told[]): { word: string; state: State } | null {
  const [worst = null] = streams.map(streamWords).sort((a, b) => badness[b.state] - badness[a.state]);
  return worst;
}

/**
 * `told` is what the server said `sinceMs` ago: nothing it could have archived since is known, so that much is added.
 * Whole seconds, rounded up: a lag may not promise too much.
 */
export function lagText(told: number | null, sinceMs: number): string {
  if (told === null) return '–';
  return formatDuration(Math.ceil((told + Math.max(0, sinceMs)) / 1_000) * 1_000);
}
