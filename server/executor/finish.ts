import { pause } from '#server/base/abort.ts';
import { hasCode, toFailure } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';
import type { Database } from '#server/db/client.ts';
import { type Ending, finishJob } from '#server/job/finish.ts';
import type { Held } from '#server/job/held.ts';
import type { HeldLease } from './lease.ts';
import type { Outcome } from './runner.ts';

/** How an attempt ended: what its command answered, what it threw, or that it was stopped on request. */
export type Result = { outcome: Outcome } | { thrown: unknown } | { cancelled: true };

/** What the catalog refuses twice it will refuse for ever: the job then ends as failed, and says so. */
const triesWithOutcome = 2;

/**
 * Ends the job, and enters what it made, in one transaction: never the one without the other. A database that is away for
 * a moment is tried again as long as the lease lasts. Errors: `job/lease-lost`; the last one of the database.
 */
export async function finish(db: Database, held: Held, lease: HeldLease, result: Result, log: Logger): Promise<void> {
  let told = result;
  let refusals = 0;
  for (;;) {
    try {
      await db.$transaction(async (rows) => {
        await finishJob(rows, held, endingOf(told));
        if ('outcome' in told) await told.outcome.commit?.(rows);
      });
      return;
    } catch (error) {
      if (hasCode(error, 'job/lease-lost') || !lease.isAlive) throw error;
      // Only a database that answers has refused anything; one that is away has not heard of the outcome yet.
      if ((await answers(db)) && ++refusals === triesWithOutcome && 'outcome' in result) told = { thrown: error };
      log.warn('could not end the job; trying again', { error });
      await pause(500);
    }
  }
}

const answers = (db: Database): Promise<boolean> =>
  db.$queryRaw`SELECT 1`.then(
    () => true,
    () => false,
  );

function endingOf(result: Result): Ending {
  if ('cancelled' in result) {
    return { state: 'cancelled', event: { level: 'warn', message: 'cancelled; nothing of it is left' } };
  }
  if ('thrown' in result) {
    const error = toFailure(result.thrown);
    return { state: 'failed', error, event: { level: 'bad', message: error.message } };
  }
  const { state, result: value, error, tables, summary } = result.outcome;
  const level = state === 'succeeded' ? 'good' : state === 'partly' ? 'warn' : 'bad';
  const message = [summary, error?.message].filter(Boolean).join('; ') || state;
  return { state, result: value, error, tables, event: { level, message } };
}
