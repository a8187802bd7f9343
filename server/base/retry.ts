import { pause } from './abort.ts';
import { TidemarkError } from './error.ts';

/** Full-jitter exponential backoff: the n-th wait lies in [0, min(capMs, baseMs·2ⁿ)] plus `baseMs`. */
export function backoffMs(attempt: number, baseMs: number, capMs: number, random: () => number = Math.random): number {
  return baseMs + random() * Math.min(capMs, baseMs * 2 ** attempt);
}

/**
 * Runs `work` until it succeeds, fails with an error that is not retryable, or has been tried `times` times; the last
 * error is thrown. Only named, retryable faults are retried: a retry must never hide one that will not go away.
 */
export async function retrying<T>(
  work: () => Promise<T>,
  options: { times: number; baseMs: number; capMs: number; signal?: AbortSignal },
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const last = attempt + 1 >= options.times || options.signal?.aborted;
      if (last || !(error instanceof TidemarkError) || !error.retryable) throw error;
      await pause(backoffMs(attempt, options.baseMs, options.capMs), options.signal);
    }
  }
}
