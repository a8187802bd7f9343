import { pause } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { asTidemarkError } from '#server/base/error.ts';
import type { Pace, Waiting } from './pace.ts';

/** How old an answer may be: asking more often costs the server more than a chunk that begins a little too soon. */
const askEveryMs = 250;

/** What one node said last, or is about to say. Why nothing may begin now; null when it may. */
interface Answer {
  at: number;
  why: Promise<string | null>;
}

/**
 * Holds chunks back while a measure of the node says so. The node is asked only before a chunk and while somebody waits,
 * every quarter of a second at most, and once for all who wait. What cannot be measured holds nobody back: whoever
 * reads the node will learn more; that is told.
 */
export function measuredPace(options: {
  /** Why nothing may begin on this node now, in words; null when it may. Errors: why that cannot be known. */
  measure: (node: string) => Promise<string | null>;
  clock: Clock;
  waiting: Waiting;
}): Pace {
  const { measure, clock, waiting } = options;
  const answers = new Map<string, Answer>();
  const blind = new Set<string>();
  const waiters = new Map<string, { count: number; since: number }>();

  function tellBlind(node: string, error: unknown): null {
    if (!blind.has(node)) waiting.onBlind(node, asTidemarkError(error).message);
    blind.add(node);
    return null;
  }

  function ask(node: string, signal: AbortSignal): Promise<string | null> {
    const now = clock.monotonicMs();
    const known = answers.get(node);
    if (known && now - known.at < askEveryMs) return known.why;
    const why = measure(node).catch((error: unknown) => (signal.aborted ? null : tellBlind(node, error)));
    answers.set(node, { at: now, why });
    return why;
  }

  async function wait(node: string, first: string, signal: AbortSignal): Promise<void> {
    const known = waiters.get(node);
    const mine = known ?? { count: 0, since: clock.monotonicMs() };
    mine.count++;
    waiters.set(node, mine);
    if (!known) waiting.onWait(node, first);
    while (!signal.aborted) {
      await pause(askEveryMs, signal);
      if (signal.aborted || (await ask(node, signal)) === null) break;
    }
    if (--mine.count > 0) return;
    waiters.delete(node);
    waiting.onGo(node, clock.monotonicMs() - mine.since);
  }

  return {
    beforeChunk: async (node, signal) => {
      if (signal.aborted) return;
      const why = await ask(node, signal);
      if (why !== null && !signal.aborted) await wait(node, why, signal);
    },
    bytes: async () => {},
  };
}
