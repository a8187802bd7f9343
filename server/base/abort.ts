import { TidemarkError } from './error.ts';

/**
 * Cancelling has two signals. `stop`: begin nothing new, end cleanly. `abandon`: clean-up ran out of time, drop
 * everything now. `abandon` aborted implies `stop` aborted.
 */
export interface Cancellation {
  readonly stop: AbortSignal;
  readonly abandon: AbortSignal;
}

/** Throws the signal's own reason when it is a named error, else `job/cancelled`. */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopReason(signal);
}

/** Why an aborted signal says stop: its own reason when that is a named error, else `job/cancelled`. */
export function stopReason(signal: AbortSignal): TidemarkError {
  if (signal.reason instanceof TidemarkError) return signal.reason;
  return new TidemarkError('job/cancelled', 'stopped on request', { cause: signal.reason });
}

/** Waits `ms` milliseconds, or less when the signal aborts (then it returns early, without throwing). */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
