import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import { type Clock, systemClock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Attempt } from '#server/command/attempt.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { type AskContext, ask } from '#server/job/ask.ts';
import { cancelJob } from '#server/job/cancel.ts';
import { listJobEvents } from '#server/job/events.ts';
import { loadNote } from '#server/job/journal.ts';
import { showJob } from '#server/job/show.ts';
import { enqueueSample, eventually, testContext } from '#server/job/test-context.ts';
import type { RunningExecutor } from './loop.ts';
import type { Outcome } from './runner.ts';
import { startTestExecutor } from './test-executor.ts';

let database: TestDatabase;
let context: AskContext;
const executors: RunningExecutor[] = [];
const children: ChildProcess[] = [];
beforeAll(async () => {
  database = await startTestDatabase();
  context = testContext(database);
});
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.stop()));
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  // What a failed test leaves must not fail the next.
  await database.db.job.deleteMany({ where: { state: { in: ['queued', 'running', 'cancelling'] } } });
});
afterAll(() => database?.close());

async function start(options: Parameters<typeof startTestExecutor>[1]) {
  const executor = await startTestExecutor(database, options);
  executors.push(executor);
  return executor;
}

async function startChild(name: string): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'slow-executor-fixture.ts');
  const child = spawn(process.execPath, [script, database.url, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout!, 'data');
  return child;
}

const job = (jobId: string) => showJob(context, { id: jobId });
const inState = (jobId: string, state: string, ms?: number) =>
  eventually(`job is ${state}`, async () => ((await job(jobId)).state === state ? job(jobId) : null), ms);
const untilStopped = async (attempt: Attempt): Promise<Outcome> => {
  while (!attempt.cancellation.stop.aborted) await pause(1_000, attempt.cancellation.stop);
  throwIfStopped(attempt.cancellation.stop);
  throw new Error('not reached');
};

test('a job succeeds together with the rows it made, and tells what happened', async () => {
  await start({
    runners: {
      verify: async (_, attempt) => {
        attempt.event('info', 'half-way');
        attempt.report({
          table: 't',
          fragment: 's1/a/t',
          phase: 'rows',
          state: 'done',
          rowsDone: 3,
          rowsTotal: 3,
          bytesDone: 30,
          bytesTotal: 30,
        });
        return {
          state: 'succeeded',
          result: { fine: true },
          commit: async (rows) => void (await rows.setting.create({ data: { key: attempt.jobId, value: 1 } })),
        };
      },
    },
  });
  const { jobId } = await enqueueSample(context);
  const ended = await inState(jobId, 'succeeded');
  expect(ended).toMatchObject({
    result: { fine: true },
    progress: { rowsDone: 3, tables: { total: 1 } },
    tableCount: 1,
  });
  expect(await database.db.setting.findUnique({ where: { key: jobId } })).not.toBeNull();
  const events = await listJobEvents(context, { jobId });
  expect(events.map(({ id, message }) => [id, message])).toEqual([
    [1, 'attempt 1 on executor e1'],
    [2, 'half-way'],
    [3, 'succeeded'],
  ]);
});

test('a job whose rows cannot be written fails, and neither is there', async () => {
  await start({
    runners: {
      verify: async () => ({
        state: 'succeeded',
        commit: async (rows) => {
          await rows.setting.create({ data: { key: 'half', value: 1 } });
          throw new Error('no room');
        },
      }),
    },
  });
  const { jobId } = await enqueueSample(context);
  expect(await inState(jobId, 'failed')).toMatchObject({ error: { message: 'no room' } });
  expect(await database.db.setting.findUnique({ where: { key: 'half' } })).toBeNull();
});

test('a command that throws fails its job with the error it threw', async () => {
  await start({
    runners: {
      verify: () =>
        Promise.reject(new TidemarkError('node/unreachable', 's1 does not answer', { context: { node: 's1' } })),
    },
  });
  const { jobId } = await enqueueSample(context);
  const { error } = await inState(jobId, 'failed');
  expect(error).toMatchObject({ code: 'node/unreachable', message: 's1 does not answer', context: { node: 's1' } });
});

test('two executors share jobs, and each job is run once', async () => {
  const ran: string[] = [];
  const runners = {
    verify: async (_: unknown, attempt: Attempt): Promise<Outcome> => {
      ran.push(attempt.jobId);
      await pause(10);
      return { state: 'succeeded' };
    },
  };
  await start({ name: 'e1', runners });
  await start({ name: 'e2', runners });
  const jobs = await Promise.all(Array.from({ length: 30 }, () => enqueueSample(context)));
  for (const { jobId } of jobs) await inState(jobId, 'succeeded');
  expect(ran.sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
});

test('a question is answered in milliseconds, also while backups fill the executor', async () => {
  await start({
    runners: {
      verify: (_, attempt) => untilStopped(attempt),
      inspect: async () => ({ state: 'succeeded', result: { nodes: [], checks: [] } }),
    },
  });
  const long = await Promise.all(Array.from({ length: 6 }, () => enqueueSample(context)));
  // The oldest ids fill the slots, whichever of the six enqueued first; the others wait.
  const [oldest] = long.map(({ jobId }) => jobId).sort();
  await inState(oldest!, 'running');
  const address = { host: 'h', port: 1, database: '' };
  const times: number[] = [];
  for (let round = 0; round < 15; round++) {
    const began = performance.now();
    const { answer } = await ask(context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' });
    times.push(performance.now() - began);
    expect(answer).toEqual({ nodes: [], checks: [] });
  }
  const median = times.sort((a, b) => a - b)[7]!;
  console.info(`a question takes ${median.toFixed(1)} ms`);
  expect(median).toBeLessThan(250);
  for (const { jobId } of long) await cancelJob(context, { jobId });
  for (const { jobId } of long) await inState(jobId, 'cancelled');
});

test('a question nobody takes fails by name, and is not answered later', async () => {
  const address = { host: 'h', port: 1, database: '' };
  const asked = ask(context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' }, { pickUpMs: 100 });
  await expect(asked).rejects.toMatchObject({ code: 'job/no-executor' });
  expect(await database.db.job.count({ where: { state: 'queued' } })).toBe(0);
});

test('what an executor met while answering is thrown where it was asked', async () => {
  await start({
    runners: { inspect: () => Promise.reject(new TidemarkError('node/access-denied', 'wrong password')) },
  });
  const address = { host: 'h', port: 1, database: '' };
  const asked = ask(context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' });
  await expect(asked).rejects.toMatchObject({ code: 'node/access-denied', message: 'wrong password' });
});

test('a running job is cancelled at once, and ends as cancelled', async () => {
  await start({ runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  const began = performance.now();
  expect(await cancelJob(context, { jobId })).toEqual({ state: 'cancelling' });
  await inState(jobId, 'cancelled');
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('a command that does not stop in time is told to abandon, and what it throws then is not hidden by the cancelling', async () => {
  await start({
    grace: { cancelMs: 200, shutdownMs: 200, giveUpMs: 5_000 },
    runners: {
      verify: async (_, { cancellation }) => {
        while (!cancellation.abandon.aborted) await pause(1_000, cancellation.abandon);
        throw new Error('dropped');
      },
    },
  });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  await cancelJob(context, { jobId });
  expect((await inState(jobId, 'failed')).error).toMatchObject({ message: 'dropped' });
});

test('a command that never stops loses its job to another attempt, and keeps no executor from ending', async () => {
  const stuck = await start({
    grace: { cancelMs: 100, shutdownMs: 100, giveUpMs: 100 },
    lease: { leaseMs: 1_000, heartbeatMs: 200 },
    runners: { verify: () => new Promise(() => {}) },
  });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  await stuck.stop();
  await start({ name: 'e2', lookEveryMs: 500, runners: { verify: async () => ({ state: 'succeeded' }) } });
  expect((await inState(jobId, 'succeeded')).attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'succeeded']);
});

test('an executor that stops hands its job back, and the next one takes it at once', async () => {
  const first = await start({ name: 'e1', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  await first.stop();
  expect(await job(jobId)).toMatchObject({ state: 'queued', attemptsMade: 0, attempts: [{ outcome: 'handed-back' }] });
  await start({ name: 'e2', runners: { verify: async () => ({ state: 'succeeded' }) } });
  expect((await inState(jobId, 'succeeded')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('what a stopping executor did by half is handed back, not ended', async () => {
  const first = await start({
    name: 'e1',
    runners: {
      verify: async (_, { cancellation }) => {
        while (!cancellation.stop.aborted) await pause(1_000, cancellation.stop);
        return { state: 'partly', summary: '1 of 2 tables' };
      },
    },
  });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  await first.stop();
  expect(await job(jobId)).toMatchObject({ state: 'queued', attemptsMade: 0, attempts: [{ outcome: 'handed-back' }] });
  await cancelJob(context, { jobId });
});

test('a job cancelled while its executor hands it back is cleaned up by the next one: this one has left what it did', async () => {
  const cancelled = Promise.withResolvers<void>();
  const first = await start({
    name: 'e1',
    lease: { leaseMs: 15_000, heartbeatMs: 100 },
    runners: {
      verify: async (_, attempt) => {
        while (!attempt.cancellation.stop.aborted) await pause(1_000, attempt.cancellation.stop);
        await cancelled.promise;
        return throwIfStopped(attempt.cancellation.stop) as never;
      },
    },
  });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  const stopping = first.stop();
  expect(await cancelJob(context, { jobId })).toEqual({ state: 'cancelling' });
  await pause(500); // several heartbeats, which tell the one that stops
  cancelled.resolve();
  await stopping;
  expect(await job(jobId)).toMatchObject({ state: 'cancelling', attempts: [{ outcome: 'handed-back' }] });
  await start({ name: 'e2', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  expect((await inState(jobId, 'cancelled')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('a job cancelled while nobody has it is cleaned up by the next executor, which is stopped from the beginning', async () => {
  const first = await start({ name: 'e1', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(context);
  await inState(jobId, 'running');
  await first.stop();
  expect(await cancelJob(context, { jobId })).toEqual({ state: 'cancelling' });
  await start({
    name: 'e2',
    runners: {
      verify: async (_, attempt) => {
        expect(attempt.earlierAttempts).toHaveLength(1);
        throwIfStopped(attempt.cancellation.stop);
        return { state: 'succeeded' };
      },
    },
  });
  expect((await inState(jobId, 'cancelled')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('an attempt beyond the last is stopped from the beginning, and the job fails as lost', async () => {
  const { jobId } = await enqueueSample(context);
  await database.db.attempt.create({ data: { id: 'a-gone', jobId, ordinal: 3, executor: 'gone' } });
  await database.db.job.update({
    where: { id: jobId },
    data: {
      state: 'running',
      attemptsMade: 3,
      leaseAttemptId: 'a-gone',
      leaseExpiresAt: new Date(0),
      executor: 'gone',
    },
  });
  await database.db.jobNote.create({ data: { jobId, key: 'publish/0', value: {} } });
  await start({
    runners: {
      verify: async (_, attempt) => {
        throwIfStopped(attempt.cancellation.stop);
        return { state: 'succeeded' };
      },
    },
  });
  expect(await inState(jobId, 'failed')).toMatchObject({ error: { code: 'job/executor-lost' }, attemptsMade: 4 });
});

test('a job nobody was told of is found by looking', async () => {
  await start({ lookEveryMs: 1_500, runners: { verify: async () => ({ state: 'succeeded' }) } });
  // Whatever was told before is heard by then.
  await inState((await enqueueSample(context)).jobId, 'succeeded');
  const jobId = 'nobody-was-told';
  const input = { kind: 'verify', backupId: 'b', destinationId: 'd' };
  await database.db.job.create({ data: { id: jobId, kind: 'verify', lane: 'long', input, createdBy: 'x' } });
  await inState(jobId, 'succeeded');
});

test('a job outlives the expiry of its message', async () => {
  const queue = 'wake-long';
  await database.db.$executeRaw`UPDATE pgboss.queue SET expire_seconds = 1 WHERE name = ${queue}`;
  await database.db.$executeRaw`UPDATE pgboss.job SET expire_seconds = 1 WHERE name = ${queue}`;
  let runs = 0;
  await start({
    runners: {
      verify: async () => {
        runs += 1;
        await pause(8_000);
        return { state: 'succeeded' };
      },
    },
  });
  const { jobId } = await enqueueSample(context);
  const ended = await inState(jobId, 'succeeded', 20_000);
  expect([runs, ended.attempts.length]).toEqual([1, 1]);
});

test('an attempt whose own clock says that its lease is over stops itself and writes nothing', async () => {
  let ahead = 0;
  const clock: Clock = { now: systemClock.now, monotonicMs: () => systemClock.monotonicMs() + ahead };
  const seen: string[] = [];
  await start({
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
  const { jobId } = await enqueueSample(context);
  await eventually('the attempt is over', async () => seen.length > 0);
  expect(seen).toEqual(['job/lease-lost', 'true', 'true']);
  expect(await job(jobId)).toMatchObject({ state: 'running', result: null });
  await database.db.$executeRaw`UPDATE job SET lease_expires_at = now() WHERE id = ${jobId}`;
  expect(await inState(jobId, 'succeeded')).toMatchObject({ result: null });
});

test('kill -9 of an executor: another takes the job within 30 s and finishes it', async () => {
  const child = await startChild('doomed');
  const { jobId } = await enqueueSample(context);
  await eventually('it works', () => loadNote(database.db, jobId, 'step'));
  child.kill('SIGKILL');
  const began = performance.now();
  await start({
    name: 'heir',
    runners: { verify: async (_, attempt) => ({ state: 'succeeded', result: attempt.earlierAttempts.length }) },
  });
  const ended = await inState(jobId, 'succeeded', 30_000);
  console.info(`taken over and finished ${((performance.now() - began) / 1_000).toFixed(1)} s after the kill`);
  expect(ended.result).toBe(1);
  expect(ended.attempts.map(({ executor, outcome }) => [executor, outcome])).toEqual([
    ['doomed', 'lost'],
    ['heir', 'succeeded'],
  ]);
});

test('an executor stopped with SIGSTOP and woken after another has its job cannot write a word', async () => {
  const child = await startChild('sleeper');
  const { jobId } = await enqueueSample(context);
  await eventually('it works', () => loadNote(database.db, jobId, 'step'));
  child.kill('SIGSTOP');
  const step = await loadNote(database.db, jobId, 'step');
  await start({ name: 'heir', runners: { verify: async () => ({ state: 'succeeded', result: 'heir' }) } });
  const ended = await inState(jobId, 'succeeded', 30_000);
  child.kill('SIGCONT');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(await job(jobId)).toEqual(ended);
  expect(await loadNote(database.db, jobId, 'woke')).toBeUndefined();
  expect(await loadNote(database.db, jobId, 'step')).toBe(step);
});

test('SIGTERM of an executor process hands the job back and ends the process', async () => {
  const child = await startChild('polite');
  const { jobId } = await enqueueSample(context);
  await eventually('it works', () => loadNote(database.db, jobId, 'step'));
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(await job(jobId)).toMatchObject({ state: 'queued', attemptsMade: 0 });
});
