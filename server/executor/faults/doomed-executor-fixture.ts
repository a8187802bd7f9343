/**
 * A process to be killed or stopped: it takes jobs as an executor does and runs the real commands, counts every step it
 * takes and comes to grief at one of them. Argument: the database's URL. Says `ready`; for every line of JSON it is given
 * (`Order`) it takes one job, says `at <step>` where the fault strikes, and `over {steps}` when its attempt has ended.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pause } from '#server/base/abort.ts';
import { silentLogger } from '#server/base/log.ts';
import { keyringOf } from '#server/config/keyring.ts';
import { openDatabase } from '#server/db/client.ts';
import { claimJob } from '#server/job/claim.ts';
import '#server/command/backup/backup.ts';
import '#server/command/restore/restore.ts';
import { registry } from '../registry.ts';
import { graceTiming, runJob } from '../run-job.ts';
import type { Outcome, Runner } from '../runner.ts';
import { clockOfSteps, countSteps, type Fault, step, stepsSeen, watchAttempt, watchProcess } from './steps-fixture.ts';

export interface Order {
  fault: Fault | null;
  /** Of the clusters' nodes; the control plane's own database is reached by another. */
  computingHost: string;
}

/** The command as it is, and around it the steps that only its executor sees. */
function watched<K extends 'backup' | 'restore'>(kind: K): Runner<K> {
  return async (world, attempt, input) => {
    const outcome: Outcome = await registry[kind](world, watchAttempt(attempt), input);
    step('answer');
    const commit: Outcome['commit'] = async (rows) => {
      step('end begun');
      await outcome.commit?.(rows);
      step('end written');
    };
    return { ...outcome, commit };
  };
}

const [url] = process.argv.slice(2) as [string];
// One that is stopped in the middle of a write keeps everybody waiting that long.
const db = openDatabase(url, { idleInTransactionMs: 2_000 });
await db.job.count();
watchProcess();

/**
 * Never runs out within a test: it is ended by hand, because waiting would only prove that time passes. Renewed so often
 * that one that wakes was always due to.
 */
const lease = { leaseMs: 30_000, heartbeatMs: 300 };

async function obey({ fault, computingHost }: Order): Promise<void> {
  const since = clockOfSteps.monotonicMs();
  const by = { executor: 'doomed', lane: 'long', leaseMs: lease.leaseMs } as const;
  let claimed = await claimJob(db, by);
  for (; !claimed; claimed = await claimJob(db, by)) await pause(20);
  countSteps(fault, computingHost);
  const run = runJob(
    {
      db,
      keyring: keyringOf(Buffer.alloc(32, 7)),
      clock: clockOfSteps,
      scratchFolder: '/nonexistent',
      nudge: { send: async () => {}, close: async () => {} }, // nothing is handed back here
      log: silentLogger,
      runners: { ...registry, backup: watched('backup'), restore: watched('restore') },
      executor: 'doomed',
      lease,
      grace: graceTiming,
    },
    { ...claimed, lane: 'long', since },
  );
  await run.done;
  writeSync(1, `over ${JSON.stringify(stepsSeen())}\n`);
}

createInterface(process.stdin)
  .on('line', (line) => void obey(JSON.parse(line) as Order))
  .on('close', () => process.exit(0));
writeSync(1, 'ready\n');
