import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { Attempt } from '#server/command/attempt.ts';
import { ask } from '#server/job/ask.ts';
import { cancelJob } from '#server/job/cancel.ts';
import { listJobEvents } from '#server/job/events.ts';
import { enqueueSample } from '#server/job/test-context.ts';
import { ExecutorStage, untilStopped } from './executor-stage-fixture.ts';
import type { Outcome } from './runner.ts';

const stage = new ExecutorStage();
beforeAll(() => stage.open());
afterEach(() => stage.clear());
afterAll(() => stage.close());

test('a job succeeds together with the rows it made, and tells what happened', async () => {
  await stage.start({
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
  const { jobId } = await enqueueSample(stage.context);
  const ended = await stage.inState(jobId, 'succeeded');
  expect(ended).toMatchObject({
    result: { fine: true },
    progress: { rowsDone: 3, tables: { total: 1 } },
    tableCount: 1,
  });
  expect(await stage.database.db.setting.findUnique({ where: { key: jobId } })).not.toBeNull();
  const events = await listJobEvents(stage.context, { jobId });
  expect(events.map(({ id, message }) => [id, message])).toEqual([
    [1, 'attempt 1 on executor e1'],
    [2, 'half-way'],
    [3, 'succeeded'],
  ]);
});

test('a job whose rows cannot be written fails, and neither is there', async () => {
  await stage.start({
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
  const { jobId } = await enqueueSample(stage.context);
  expect(await stage.inState(jobId, 'failed')).toMatchObject({ error: { message: 'no room' } });
  expect(await stage.database.db.setting.findUnique({ where: { key: 'half' } })).toBeNull();
});

test('a command that throws fails its job with the error it threw', async () => {
  await stage.start({
    runners: {
      verify: () =>
        Promise.reject(new TidemarkError('node/unreachable', 's1 does not answer', { context: { node: 's1' } })),
    },
  });
  const { jobId } = await enqueueSample(stage.context);
  const { error } = await stage.inState(jobId, 'failed');
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
  await stage.start({ name: 'e1', runners });
  await stage.start({ name: 'e2', runners });
  const jobs = await Promise.all(Array.from({ length: 30 }, () => enqueueSample(stage.context)));
  for (const { jobId } of jobs) await stage.inState(jobId, 'succeeded');
  expect(ran.sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
});

test('a question is answered in milliseconds, also while backups fill the executor', async () => {
  await stage.start({
    runners: {
      verify: (_, attempt) => untilStopped(attempt),
      inspect: async () => ({ state: 'succeeded', result: { nodes: [], checks: [] } }),
    },
  });
  const long = await Promise.all(Array.from({ length: 6 }, () => enqueueSample(stage.context)));
  // The oldest ids fill the slots, whichever of the six enqueued first; the others wait.
  const [oldest] = long.map(({ jobId }) => jobId).sort();
  await stage.inState(oldest!, 'running');
  const address = { host: 'h', port: 1, database: '' };
  const times: number[] = [];
  for (let round = 0; round < 15; round++) {
    const began = performance.now();
    const { answer } = await ask(stage.context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' });
    times.push(performance.now() - began);
    expect(answer).toEqual({ nodes: [], checks: [] });
  }
  const median = times.sort((a, b) => a - b)[7]!;
  console.info(`a question takes ${median.toFixed(1)} ms`);
  expect(median).toBeLessThan(250);
  for (const { jobId } of long) await cancelJob(stage.context, { jobId });
  for (const { jobId } of long) await stage.inState(jobId, 'cancelled');
});

test('a question nobody takes fails by name, and is not answered later', async () => {
  const address = { host: 'h', port: 1, database: '' };
  const asked = ask(stage.context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' }, { pickUpMs: 100 });
  await expect(asked).rejects.toMatchObject({ code: 'job/no-executor' });
  expect(await stage.database.db.job.count({ where: { state: 'queued' } })).toBe(0);
});

test('what an executor met while answering is thrown where it was asked', async () => {
  await stage.start({
    runners: { inspect: () => Promise.reject(new TidemarkError('node/access-denied', 'wrong password')) },
  });
  const address = { host: 'h', port: 1, database: '' };
  const asked = ask(stage.context, { ask: 'test-connection', kind: 'mysql', address, sealed: 'x' });
  await expect(asked).rejects.toMatchObject({ code: 'node/access-denied', message: 'wrong password' });
});

test('a running job is cancelled at once, and ends as cancelled', async () => {
  await stage.start({ runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  const began = performance.now();
  expect(await cancelJob(stage.context, { jobId })).toEqual({ state: 'cancelling' });
  await stage.inState(jobId, 'cancelled');
  expect(performance.now() - began).toBeLessThan(2_000);
});

test('a command that does not stop in time is told to abandon, and what it throws then is not hidden by the cancelling', async () => {
  await stage.start({
    grace: { cancelMs: 200, shutdownMs: 200, giveUpMs: 5_000 },
    runners: {
      verify: async (_, { cancellation }) => {
        while (!cancellation.abandon.aborted) await pause(1_000, cancellation.abandon);
        throw new Error('dropped');
      },
    },
  });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  await cancelJob(stage.context, { jobId });
  expect((await stage.inState(jobId, 'failed')).error).toMatchObject({ message: 'dropped' });
});

test('a command that never stops loses its job to another attempt, and keeps no executor from ending', async () => {
  const stuck = await stage.start({
    grace: { cancelMs: 100, shutdownMs: 100, giveUpMs: 100 },
    lease: { leaseMs: 1_000, heartbeatMs: 200 },
    runners: { verify: () => new Promise(() => {}) },
  });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  await stuck.stop();
  await stage.start({ name: 'e2', lookEveryMs: 500, runners: { verify: async () => ({ state: 'succeeded' }) } });
  expect((await stage.inState(jobId, 'succeeded')).attempts.map(({ outcome }) => outcome)).toEqual([
    'lost',
    'succeeded',
  ]);
});

test('an executor that stops hands its job back, and the next one takes it at once', async () => {
  const first = await stage.start({ name: 'e1', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  await first.stop();
  expect(await stage.job(jobId)).toMatchObject({
    state: 'queued',
    attemptsMade: 0,
    attempts: [{ outcome: 'handed-back' }],
  });
  await stage.start({ name: 'e2', runners: { verify: async () => ({ state: 'succeeded' }) } });
  expect((await stage.inState(jobId, 'succeeded')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('what a stopping executor did by half is handed back, not ended', async () => {
  const first = await stage.start({
    name: 'e1',
    runners: {
      verify: async (_, { cancellation }) => {
        while (!cancellation.stop.aborted) await pause(1_000, cancellation.stop);
        return { state: 'partly', summary: '1 of 2 tables' };
      },
    },
  });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  await first.stop();
  expect(await stage.job(jobId)).toMatchObject({
    state: 'queued',
    attemptsMade: 0,
    attempts: [{ outcome: 'handed-back' }],
  });
  await cancelJob(stage.context, { jobId });
});

test('a job cancelled while its executor hands it back is cleaned up by the next one: this one has left what it did', async () => {
  const cancelled = Promise.withResolvers<void>();
  const first = await stage.start({
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
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  const stopping = first.stop();
  expect(await cancelJob(stage.context, { jobId })).toEqual({ state: 'cancelling' });
  await pause(500); // several heartbeats, which tell the one that stops
  cancelled.resolve();
  await stopping;
  expect(await stage.job(jobId)).toMatchObject({ state: 'cancelling', attempts: [{ outcome: 'handed-back' }] });
  await stage.start({ name: 'e2', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  expect((await stage.inState(jobId, 'cancelled')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('a job cancelled while nobody has it is cleaned up by the next executor, which is stopped from the beginning', async () => {
  const first = await stage.start({ name: 'e1', runners: { verify: (_, attempt) => untilStopped(attempt) } });
  const { jobId } = await enqueueSample(stage.context);
  await stage.inState(jobId, 'running');
  await first.stop();
  expect(await cancelJob(stage.context, { jobId })).toEqual({ state: 'cancelling' });
  await stage.start({
    name: 'e2',
    runners: {
      verify: async (_, attempt) => {
        expect(attempt.earlierAttempts).toHaveLength(1);
        throwIfStopped(attempt.cancellation.stop);
        return { state: 'succeeded' };
      },
    },
  });
  expect((await stage.inState(jobId, 'cancelled')).attempts.map(({ executor }) => executor)).toEqual(['e1', 'e2']);
});

test('an attempt beyond the last is stopped from the beginning, and the job fails as lost', async () => {
  const { jobId } = await enqueueSample(stage.context);
  await stage.database.db.attempt.create({ data: { id: 'a-gone', jobId, ordinal: 3, executor: 'gone' } });
  await stage.database.db.job.update({
    where: { id: jobId },
    data: {
      state: 'running',
      attemptsMade: 3,
      leaseAttemptId: 'a-gone',
      leaseExpiresAt: new Date(0),
      executor: 'gone',
    },
  });
  await stage.database.db.jobNote.create({ data: { jobId, key: 'publish/0', value: {} } });
  await stage.start({
    runners: {
      verify: async (_, attempt) => {
        throwIfStopped(attempt.cancellation.stop);
        return { state: 'succeeded' };
      },
    },
  });
  expect(await stage.inState(jobId, 'failed')).toMatchObject({ error: { code: 'job/executor-lost' }, attemptsMade: 4 });
});

test('a job nobody was told of is found by looking', async () => {
  await stage.start({ lookEveryMs: 1_500, runners: { verify: async () => ({ state: 'succeeded' }) } });
  // Whatever was told before is heard by then.
  await stage.inState((await enqueueSample(stage.context)).jobId, 'succeeded');
  const jobId = 'nobody-was-told';
  const input = { kind: 'verify', backupId: 'b', destinationId: 'd' };
  await stage.database.db.job.create({ data: { id: jobId, kind: 'verify', lane: 'long', input, createdBy: 'x' } });
  await stage.inState(jobId, 'succeeded');
});
