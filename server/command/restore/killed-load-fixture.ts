/**
 * A process that restores and kills itself, as kill -9 does, or stops itself, at the step it is told to. Its order comes on stdin; it says
 * the id of its attempt before it begins.
 */
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { RestorePlan } from '#server/contract/restore.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { openStorage } from '#server/storage/open.ts';
import { restore } from './restore.ts';
import { TestJob } from './restore-fixture.ts';

export interface KillOrder {
  plan: RestorePlan;
  target: ClusterAccess;
  path: string;
  earlierAttempts: string[];
  /** The first report of this phase that tells of at least so many rows. */
  at: { phase: string; rows: number };
  by: 'SIGKILL' | 'SIGSTOP';
}

const { plan, target, path, earlierAttempts, at, by } = JSON.parse(await text(process.stdin)) as KillOrder;
const attempt = new TestJob().attempt();
let struck = false;
writeSync(1, attempt.attemptId);
await restore(
  {
    ...attempt,
    earlierAttempts,
    report: (progress) => {
      const isThere = progress.phase === at.phase && (progress.rowsDone ?? 0) >= at.rows;
      if (!isThere || struck) return;
      struck = true;
      process.kill(process.pid, by);
    },
  },
  { plan, storage: await openStorage({ kind: 'fs', path }), target },
);
