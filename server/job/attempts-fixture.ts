import type { Database } from '#server/db/client.ts';
import { type Claimed, claimJob } from './claim.ts';
import { finishJob } from './finish.ts';

/** For tests: what an executor does with jobs of the long lane, one at a time. */
export interface Attempts {
  /** The next job, which must be there. */
  take(executor?: string, leaseMs?: number): Promise<Claimed>;
  finish(held: Claimed, state?: 'succeeded' | 'failed'): Promise<unknown>;
  /** As if this much time had passed for the lease. */
  age(jobId: string, ms: number): Promise<unknown>;
}

export const attemptsOn = (db: Database): Attempts => ({
  take: async (executor = 'e1', leaseMs = 15_000) => (await claimJob(db, { executor, lane: 'long', leaseMs }))!,
  finish: (held, state = 'succeeded') => db.$transaction((rows) => finishJob(rows, held, { state })),
  age: (jobId, ms) =>
    db.$executeRaw`UPDATE job SET lease_expires_at = lease_expires_at - ${ms} * interval '1 millisecond' WHERE id = ${jobId}`,
});
