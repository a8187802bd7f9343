import { once } from 'node:events';
import { afterAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { type Clock, systemClock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import { loadNote } from '#server/job/journal.ts';
import { enqueueSample, eventually } from '#server/job/test-context.ts';
import { ExecutorStage } from './executor-stage-fixture.ts';

/** With the real timing of leases. They wait side by side, each on a stage of its own. */
const stages: ExecutorStage[] = [];
afterAll(() => Promise.all(stages.map((stage) => stage.close())));

async function openStage(): Promise<ExecutorStage> {
  const stage = new ExecutorStage();
  await stage.open();
  stages.push(stage);
  return stage;
}

test.concurrent('a job outlives the expiry of its message', async () => {
  const stage = await openStage();
  const queue = 'wake-long';
  await stage.database.db.$executeRaw`UPDATE pgboss.queue SET expire_seconds = 1 WHERE name = ${queue}`;
  await stage.database.db.$executeRaw`UPDATE pgboss.job SET expire_seconds = 1 WHERE name = ${queue}`;
  let runs = 0;
  await stage.start({
    runners: {
      verify: async () => {
        runs += 1;
        await pause(8_000);
        return { state: 'succeeded' };
      },
    },
  });
  const { jobId } = await enqueueSample(stage.context);
  const ended = await stage.inState(jobId, 'succeeded', 20_000);
  expect([runs, ended.attempts.length]).toEqual([1, 1]);
});

test.concurrent('an attempt whose own clock says that its lease is over stops itself and writes nothing', async () => {
  const stage = await openStage();
  let ahead = 0;
  const clock: Clock = { now: systemClock.now, monotonicMs: () => systemClock.monotonicMs() + ahead };
  const seen: string[] = [];
  await stage.start({
    clock,
    lease: { leaseMs: 15_000, heartbeatMs: 100 },
    runners: {
      verify: async (_, attempt) => {
        if (attempt.earlierAttempts.length > 0) return { state: 'succeeded' };
        ahead = 20_000;
        const caught = await attempt.lease.assertHeld().catch((error: TidemarkError) => error.code);
        seen.push(
          String(caught),
          String(attempt.cancellation.stop.aborted),
          String(attempt.cancellation.abandon.aborted),
        );
        return { state: 'succeeded', result: 'from the dead' };
      },
    },
  });
  const { jobId } = await enqueueSample(stage.context);
  await eventually('the attempt is over', async () => seen.length > 0);
  expect(seen).toEqual(['job/lease-lost', 'true', 'true']);
  expect(await stage.job(jobId)).toMatchObject({ state: 'running', result: null });
  await stage.database.db.$executeRaw`UPDATE job SET lease_expires_at = now() WHERE id = ${jobId}`;
  expect(await stage.inState(jobId, 'succeeded')).toMatchObject({ result: null });
});

test.concurrent('kill -9 of an executor: another takes the job within 30 s and finishes it', async () => {
  const stage = await openStage();
  const child = await stage.startChild('doomed');
  const { jobId } = await enqueueSample(stage.context);
  await eventually('it works', () => loadNote(stage.database.db, jobId, 'step'));
  child.kill('SIGKILL');
  const began = performance.now();
  await stage.start({
    name: 'heir',
    runners: { verify: async (_, attempt) => ({ state: 'succeeded', result: attempt.earlierAttempts.length }) },
  });
  const ended = await stage.inState(jobId, 'succeeded', 30_000);
  console.info(`taken over and finished ${((performance.now() - began) / 1_000).toFixed(1)} s after the kill`);
  expect(ended.result).toBe(1);
  expect(ended.attempts.map(({ executor, outcome }) => [executor, outcome])).toEqual([
    ['doomed', 'lost'],
    ['heir', 'succeeded'],
  ]);
});

test.concurrent('an executor stopped with SIGSTOP and woken after another has its job cannot write a word', async () => {
  const stage = await openStage();
  const child = await stage.startChild('sleeper');
  const { jobId } = await enqueueSample(stage.context);
  await eventually('it works', () => loadNote(stage.database.db, jobId, 'step'));
  child.kill('SIGSTOP');
  const step = await loadNote(stage.database.db, jobId, 'step');
  await stage.start({ name: 'heir', runners: { verify: async () => ({ state: 'succeeded', result: 'heir' }) } });
  const ended = await stage.inState(jobId, 'succeeded', 30_000);
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(await stage.job(jobId)).toEqual(ended);
  expect(await loadNote(stage.database.db, jobId, 'woke')).toBeUndefined();
  expect(await loadNote(stage.database.db, jobId, 'step')).toBe(step);
});

test.concurrent('SIGTERM of an executor process hands the job back and ends the process', async () => {
  const stage = await openStage();
  const child = await stage.startChild('polite');
  const { jobId } = await enqueueSample(stage.context);
  await eventually('it works', () => loadNote(stage.database.db, jobId, 'step'));
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(await stage.job(jobId)).toMatchObject({ state: 'queued', attemptsMade: 0 });
});
