import { pause } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import type { Pace } from './pace.ts';

/** What may pass at once after a rest: more would be felt as a burst, less than a batch would only add timers. */
const burstMs = 250;

/**
 * At most `bytesPerSecond` raw bytes over all connections and nodes together: a bucket that fills at that rate and holds
 * a quarter of a second. Bytes are told after they were read, so that a caller pays for its last batch before its next;
 * over any longer time the rate is kept. `stop` ends every waiting.
 */
export function ratePace(options: {
  bytesPerSecond: number;
  clock: Clock;
  stop: AbortSignal;
  /** For tests, which own time. */
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}): Pace {
  const { bytesPerSecond, clock, stop, sleep = pause } = options;
  /** When all that has been told will have been paid for, at the rate. */
  let paidAt = clock.monotonicMs() - burstMs;
  return {
    beforeChunk: async () => {},
    bytes: async (_node, count) => {
      paidAt = Math.max(paidAt, clock.monotonicMs() - burstMs) + (count / bytesPerSecond) * 1_000;
      const own = paidAt;
      while (!stop.aborted) {
        const waitMs = own - clock.monotonicMs();
        if (waitMs <= 0) return;
        await sleep(waitMs, stop);
      }
    },
  };
}
