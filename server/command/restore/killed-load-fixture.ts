/**
 * A process that restores and kills itself, as kill -9 does, or stops itself, at the step it is told to. Its order comes on stdin; it says
 * the id of its attempt before it begins.
 */
import { writeSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { RestorePlan } from '#server/contract/restore.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { openStorage } from '#server/storage/open.ts';
import { CoverageCache } from '../coverage/read-coverage.ts';
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
  /** For a plan to a point: whose log archive lies at `path`, and up to when, in milliseconds, by stream. */
  archive?: { clusterId: string; until: [streamId: string, ms: number][]; scratchFolder: string };
}

const { plan, target, path, earlierAttempts, at, by, archive } = JSON.parse(await text(process.stdin)) as KillOrder;
const storage = await openStorage({ kind: 'fs', path });
const attempt = new TestJob().attempt();
let struck = false;
writeSync(1, attempt.attemptId);
await restore(
  {
    ...attempt,
    earlierAttempts,
    report: (progress) => {
      const isThere = progress.phase === at.phase && progress.state !== 'waiting' && progress.rowsDone >= at.rows;
      if (!isThere || struck) return;
      struck = true;
      process.kill(process.pid, by);
    },
  },
  { plan, storage, target, ...(archive && { catchUp: catchUpOf(archive) }) },
);

function catchUpOf({ clusterId, until, scratchFolder }: NonNullable<KillOrder['archive']>) {
  const archivedUntil = new Map(until.map(([id, ms]) => [id, new Date(ms)]));
  return { logs: { clusterId, places: [{ storage, cache: new CoverageCache() }], archivedUntil }, scratchFolder };
}
