import { pause } from '#server/base/abort.ts';
import { asTidemarkError, hasCode, type TidemarkError } from '#server/base/error.ts';
import type { Attempt } from '../attempt.ts';

/** How long a node, or the journal, that went away in the middle is waited for. */
const patienceMs = 60_000;

/**
 * Tries again for a while whatever `isWorthIt`: for steps behind which the world has changed already, so that giving up
 * at once would be worse. Errors: the last one; `job/lease-lost` at once, because then another attempt does it.
 */
export async function patiently<T>(
  attempt: Attempt,
  work: () => Promise<T>,
  isWorthIt: (error: TidemarkError) => boolean = () => true,
): Promise<T> {
  const { abandon } = attempt.cancellation;
  const until = attempt.clock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isLast = attempt.clock.monotonicMs() > until || abandon.aborted;
      if (hasCode(error, 'job/lease-lost') || isLast || !isWorthIt(asTidemarkError(error))) throw error;
      await pause(1_000, abandon);
    }
  }
}
