import { fromPrisma, PgBoss } from 'pg-boss';
import type { Rows } from './client.ts';
import { connectionOf } from './migration-adapter.ts';

/** Short jobs have executor slots of their own: a question never waits behind a backup. */
export const lanes = ['long', 'quick'] as const;
export type Lane = (typeof lanes)[number];

/**
 * Wakes executors through pg-boss: a message that says "there is something in this lane" and nothing else. The job row
 * is the truth; a message may be lost, doubled, late or expired without any harm, because executors also look by
 * themselves every few seconds.
 */
export interface Nudge {
  /** Part of the transaction: the message is there exactly when the job is. */
  send(rows: Rows, lane: Lane, jobId: string): Promise<void>;
  close(): Promise<void>;
}

export const queueOf = (lane: Lane): string => `wake-${lane}`;

/** What a message lives by. It is handled in milliseconds, so nothing here bounds how long a job may run. */
export const queueOptions = {
  notify: true,
  retryLimit: 0,
  expireInSeconds: 86_400,
  retentionSeconds: 3_600,
  deleteAfterSeconds: 600,
} as const;

/** For processes that only ask (the web): no workers, no upkeep, one connection. */
export async function openNudge(databaseUrl: string): Promise<Nudge> {
  const { connectionString } = connectionOf(databaseUrl);
  const boss = new PgBoss({ connectionString, max: 1, supervise: false, schedule: false, migrate: false });
  // Without somebody who hears it, an error of the queue would end the process; a nudge is never worth that.
  boss.on('error', () => {});
  await boss.start();
  return nudgeOf(boss, () => boss.stop({ graceful: false }));
}

export function nudgeOf(boss: PgBoss, close: () => Promise<void>): Nudge {
  return {
    send: async (rows, lane, jobId) => {
      await boss.send(queueOf(lane), { jobId }, { db: fromPrisma(rows) });
    },
    close,
  };
}

/** Makes pg-boss's own tables and our queues, as part of the migrations. */
export async function installQueues(databaseUrl: string): Promise<void> {
  const { connectionString } = connectionOf(databaseUrl);
  const boss = new PgBoss({ connectionString, max: 1, supervise: false, schedule: false });
  boss.on('error', () => {});
  await boss.start();
  try {
    for (const lane of lanes) {
      await boss.createQueue(queueOf(lane), queueOptions);
      await boss.updateQueue(queueOf(lane), queueOptions);
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}
