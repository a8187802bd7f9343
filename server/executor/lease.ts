import { pause } from '#server/base/abort.ts';
import type { Clock } from '#server/base/clock.ts';
import { hasCode, type TidemarkError } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { Lease } from '#server/command/attempt.ts';

/**
 * Short enough that a dead executor's job goes on elsewhere within 30 s (expiry, then the next look); long enough that a
 * database that restarts, or a process that is swapped out for some seconds, loses nothing.
 */
export interface LeaseTiming {
  readonly leaseMs: number;
  readonly heartbeatMs: number;
}
export const leaseTiming: LeaseTiming = { leaseMs: 15_000, heartbeatMs: 3_000 };

/** The row that a lease is of: a job, or the log of a node. The database's clock decides. */
export interface LeasedRow {
  /** Renews a lease that has not run out. Errors: `job/lease-lost` when it has, or somebody else has it. */
  renew(leaseMs: number): Promise<{ cancelRequested: boolean }>;
  isHeld(): Promise<boolean>;
  lost(): TidemarkError;
}

export interface HeldLease extends Lease {
  /** What our own clock says: true until the lease would have run out without the next renewal. */
  readonly isAlive: boolean;
  /** No more renewals; the lease runs out by itself unless the job is ended or handed back. */
  stop(): void;
  /** Gives it up as if it had been lost: this attempt writes nothing more, and another takes the job soon. */
  surrender(): void;
}

/**
 * Renews the lease of one attempt, and knows when it cannot be sure of it any more. Two clocks guard it: the database's,
 * which decides, and our own monotonic one, counted from before the renewal was sent, which notices first when this
 * process was stopped or cut off. `onLost` is called once, at the latest when our own clock says the lease has run out.
 */
export function keepLease(options: {
  row: LeasedRow;
  clock: Clock;
  log: Logger;
  timing: LeaseTiming;
  /** `clock.monotonicMs()` from before the row was claimed. */
  since: number;
  onLost: (error: TidemarkError) => void;
  onCancel?: () => void;
}): HeldLease {
  const { row, clock, timing } = options;
  let aliveUntil = options.since + timing.leaseMs;
  let lost = false;
  const stopped = new AbortController();
  const isAlive = () => !lost && clock.monotonicMs() < aliveUntil;

  const lose = (error = row.lost()) => {
    stopped.abort();
    if (lost) return error;
    lost = true;
    options.onLost(error);
    return error;
  };

  async function renew(): Promise<void> {
    const sent = clock.monotonicMs();
    try {
      const { cancelRequested } = await row.renew(timing.leaseMs);
      if (stopped.signal.aborted) return;
      aliveUntil = sent + timing.leaseMs;
      if (cancelRequested) options.onCancel?.();
    } catch (error) {
      if (stopped.signal.aborted) return;
      if (hasCode(error, 'job/lease-lost')) lose(error);
      else options.log.warn('could not renew the lease; trying again', { error });
    }
  }

  async function keep(): Promise<void> {
    while (!stopped.signal.aborted) {
      await pause(timing.heartbeatMs, stopped.signal);
      if (stopped.signal.aborted) return;
      if (!isAlive()) lose();
      // A renewal that hangs must not keep us from noticing that time is up.
      else await Promise.race([renew(), pause(Math.max(0, aliveUntil - clock.monotonicMs()), stopped.signal)]);
    }
  }
  void keep();

  return {
    get isAlive() {
      return isAlive();
    },
    assertHeld: async () => {
      if (!isAlive()) throw lose();
      if (!(await row.isHeld())) throw lose();
      // The question itself may have taken longer than the lease lasts.
      if (!isAlive()) throw lose();
    },
    stop: () => stopped.abort(),
    surrender: () => void lose(),
  };
}
