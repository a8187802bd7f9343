import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TidemarkError } from '#server/base/error.ts';
import { openDatabase } from '#server/db/client.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import type { AskContext } from './ask.ts';
import { type Attempts, attemptsOn } from './attempts-fixture.ts';
import { cancelJob } from './cancel.ts';
import { claimJob } from './claim.ts';
import { failLostJobs } from './fail-lost.ts';
import { finishJob } from './finish.ts';
import { handBackJob } from './hand-back.ts';
import { heartbeat, isHeld } from './heartbeat.ts';
import { holdJob } from './held.ts';
import { loadNote, saveNotes } from './journal.ts';
import { reportJob } from './report.ts';
import { cloneJob, retryJob } from './retry.ts';
import { showJob } from './show.ts';
import { startRemoveBackup, startVerify } from './start-for-backup.ts';
import { enqueueSample, eventually, testContext } from './test-context.ts';

let database: TestDatabase;
let context: AskContext;
let take: Attempts['take'];
let finish: Attempts['finish'];
let age: Attempts['age'];
beforeAll(async () => {
  database = await startTestDatabase();
  context = testContext(database);
  ({ take, finish, age } = attemptsOn(database.db));
});
afterAll(() => database?.close());

const code = (error: unknown) => (error as TidemarkError).code;
const stateOf = async (jobId: string) => (await showJob(context, { id: jobId })).state;

describe('a job', () => {
  test('is there with its audit row and its nudge, or not at all', async () => {
    const { number } = await enqueueSample(context);
    expect(await database.db.auditEvent.findFirst({ where: { subject: `#${number}` } })).toMatchObject({
      actor: 'olga',
      action: 'job.verify',
    });
    const nudges = () =>
      database.db.$queryRaw<{ n: bigint }[]>`SELECT count(*) AS n FROM pgboss.job WHERE name = 'wake-long'`;
    const [before] = await nudges();
    const refused = enqueueSample(context, { writes: { clusterId: 'no such cluster', tables: ['t'] } });
    await expect(refused).rejects.toThrow();
    expect(await nudges()).toEqual([before]);
    expect(await database.db.job.count({ where: { title: 'backup b1' } })).toBe(1);
    await finish(await take());
  });

  test('is taken once, by however many executors ask at the same time', async () => {
    const { jobId } = await enqueueSample(context);
    const by = (name: string) => claimJob(database.db, { executor: name, lane: 'long', leaseMs: 15_000 });
    const taken = (await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map(by))).filter((claim) => claim !== null);
    expect(taken.map((claim) => claim.jobId)).toEqual([jobId]);
    await finish(taken[0]!);
  });

  test('ends once', async () => {
    await enqueueSample(context);
    const held = await take();
    await finish(held);
    await expect(finish(held, 'failed').catch(code)).resolves.toBe('job/lease-lost');
    expect(await stateOf(held.jobId)).toBe('succeeded');
  });
});

describe('an attempt whose lease ran out', () => {
  test('cannot finish, report, note, hand back or revive, although nobody took the job yet', async () => {
    const { jobId } = await enqueueSample(context);
    const held = await take();
    await saveNotes(database.db, held, new Map([['step', 1]]));
    await age(jobId, 15_000);
    const before = await showJob(context, { id: jobId });
    const writes: (() => Promise<unknown>)[] = [
      () => finish(held),
      () => reportJob(database.db, held, { progress: null, tables: [], events: [{ level: 'info', message: 'late' }] }),
      () => saveNotes(database.db, held, new Map([['step', 2]])),
      () => handBackJob(database.db, database.nudge, { ...held, lane: 'long', executor: 'e1' }),
      () => heartbeat(database.db, held, 15_000),
    ];
    for (const write of writes) await expect(write().catch(code)).resolves.toBe('job/lease-lost');
    expect(await isHeld(database.db, held)).toBe(false);
    expect(await loadNote(database.db, jobId, 'step')).toBe(1);
    expect(await showJob(context, { id: jobId })).toEqual(before);
    await finish(await take());
  });

  test('is followed by another one, which knows of it', async () => {
    const { jobId } = await enqueueSample(context);
    const first = await take('e1');
    await age(jobId, 15_000);
    const second = await take('e2');
    expect(second).toMatchObject({ jobId, earlierAttempts: [first.attemptId] });
    await expect(heartbeat(database.db, first, 15_000).catch(code)).resolves.toBe('job/lease-lost');
    await finish(second);
    const { attempts } = await showJob(context, { id: jobId });
    expect(attempts.map(({ executor, outcome }) => [executor, outcome])).toEqual([
      ['e1', 'lost'],
      ['e2', 'succeeded'],
    ]);
  });

  test('three times ends the job, and says so', async () => {
    const { jobId } = await enqueueSample(context);
    for (const executor of ['e1', 'e2', 'e3']) {
      expect((await take(executor)).jobId).toBe(jobId);
      await age(jobId, 15_000);
    }
    expect(await claimJob(database.db, { executor: 'e4', lane: 'long', leaseMs: 15_000 })).toBeNull();
    expect(await failLostJobs(database.db)).toEqual([jobId]);
    const job = await showJob(context, { id: jobId });
    expect(job).toMatchObject({ state: 'failed', error: { code: 'job/executor-lost' } });
    expect(job.attempts.map(({ outcome }) => outcome)).toEqual(['lost', 'lost', 'lost']);
  });
});

test('a process stopped in the middle of a write does not keep its job from being taken over', async () => {
  // Ten seconds as shipped, which is less than a lease lasts.
  const [shipped] = await database.db.$queryRaw<unknown[]>`SHOW idle_in_transaction_session_timeout`;
  expect(shipped).toEqual({ idle_in_transaction_session_timeout: '10s' });
  const sleeper = openDatabase(database.url, { idleInTransactionMs: 2_000 });
  const { jobId } = await enqueueSample(context);
  const held = await take('stopped', 1_000);
  let wake = () => {};
  const stopped = sleeper.$transaction(async (rows) => {
    await holdJob(rows, held);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    await rows.job.update({ where: { id: jobId }, data: { title: 'written after it woke' } });
  });
  const outcome = stopped.then(
    () => 'committed',
    () => 'refused',
  );
  const second = await eventually('it is taken over', () => take('heir'), 15_000);
  expect(second).toMatchObject({ jobId, earlierAttempts: [held.attemptId] });
  wake();
  expect(await outcome).toBe('refused');
  expect(await showJob(context, { id: jobId })).toMatchObject({ title: 'backup b1' });
  await finish(second);
  await sleeper.$disconnect();
}, 40_000);

test('a job that is handed back is queued again and its attempt does not count', async () => {
  const { jobId } = await enqueueSample(context);
  for (let time = 0; time < 4; time++) {
    const held = await take();
    await handBackJob(database.db, database.nudge, { ...held, lane: 'long', executor: 'e1' });
  }
  expect(await showJob(context, { id: jobId })).toMatchObject({ state: 'queued', attemptsMade: 0 });
  await finish(await take());
});

describe('cancelling', () => {
  test('ends a queued job at once, asks a running one, and refuses an ended one', async () => {
    const queued = await enqueueSample(context);
    expect(await cancelJob(context, queued)).toEqual({ state: 'cancelled' });
    expect(await claimJob(database.db, { executor: 'e', lane: 'long', leaseMs: 1_000 })).toBeNull();
    const running = await enqueueSample(context);
    const held = await take();
    expect(await cancelJob(context, running)).toEqual({ state: 'cancelling' });
    expect(await cancelJob(context, running)).toEqual({ state: 'cancelling' });
    expect(await heartbeat(database.db, held, 15_000)).toEqual({ cancelRequested: true });
    await database.db.$transaction((rows) => finishJob(rows, held, { state: 'cancelled' }));
    await expect(cancelJob(context, running).catch(code)).resolves.toBe('job/not-cancellable');
  });

  test('is known to the attempt that takes the job over', async () => {
    const { jobId } = await enqueueSample(context);
    await take('e1');
    await cancelJob(context, { jobId });
    await age(jobId, 15_000);
    const second = await take('e2');
    expect(second.cancelRequested).toBe(true);
    expect(await stateOf(jobId)).toBe('cancelling');
    await finish(second, 'failed');
  });
});

describe('a job of which an attempt left a note', () => {
  const note = async (executor: string) => {
    const held = await take(executor);
    await saveNotes(database.db, held, new Map([['publish/0', { state: 'publishing' }]]));
    return held;
  };
  const cluster = { id: 'c-note', name: 'noted' };
  const claimed = { cluster, writes: { clusterId: 'c-note', tables: ['d.t'] } };
  beforeAll(async () => void (await database.db.cluster.create({ data: { ...cluster, kind: 'mysql', address: {} } })));

  test('is not ended by a cancel after it was handed back: an attempt takes it to clean up, and it keeps its tables', async () => {
    const { jobId } = await enqueueSample(context, claimed);
    await handBackJob(database.db, database.nudge, { ...(await note('e1')), lane: 'long', executor: 'e1' });
    expect(await cancelJob(context, { jobId })).toEqual({ state: 'cancelling' });
    expect(await cancelJob(context, { jobId })).toEqual({ state: 'cancelling' });
    expect(await database.db.jobClaim.count({ where: { jobId } })).toBe(1);
    expect(await failLostJobs(database.db)).toEqual([]);
    const held = await take('e2');
    expect(held).toMatchObject({ jobId, cancelRequested: true });
    // Once more: nothing of it may be forgotten.
    await handBackJob(database.db, database.nudge, { ...held, lane: 'long', executor: 'e2' });
    const last = await take('e3');
    expect(last).toMatchObject({ jobId, cancelRequested: true });
    await finish(last, 'failed');
    expect(await database.db.jobClaim.count({ where: { jobId } })).toBe(0);
  });

  test('is taken once more when its last attempt was lost, and ended when that one is lost too', async () => {
    const { jobId } = await enqueueSample(context, claimed);
    for (const executor of ['e1', 'e2', 'e3']) {
      expect((await note(executor)).cleanUpOnly).toBe(false);
      await age(jobId, 15_000);
    }
    expect(await failLostJobs(database.db)).toEqual([]);
    expect(await database.db.jobClaim.count({ where: { jobId } })).toBe(1);
    expect(await take('e4')).toMatchObject({ jobId, cleanUpOnly: true, cancelRequested: false });
    await age(jobId, 15_000);
    expect(await claimJob(database.db, { executor: 'e5', lane: 'long', leaseMs: 15_000 })).toBeNull();
    expect(await failLostJobs(database.db)).toEqual([jobId]);
    expect(await showJob(context, { id: jobId })).toMatchObject({
      state: 'failed',
      error: { code: 'job/executor-lost' },
    });
  });
});

describe('a backup', () => {
  beforeAll(async () => {
    await database.db.destination.create({ data: { id: 'd-used', name: 'used', kind: 'fs', config: { path: '/b' } } });
    const none = { rows: 0, rawBytes: 0, storedBytes: 0, tableCount: 0, manifestSha256: '', cutProven: true };
    const at = { at: new Date(), startedAt: new Date(), finishedAt: new Date() };
    const data = { id: 'b-used', clusterName: 'c', clusterKind: 'mysql', destinationId: 'd-used', method: 'logical' };
    await database.db.backup.create({ data: { ...data, ...none, ...at } });
  });
  const input = { backupId: 'b-used' };

  test('is removed while nothing uses it, and used while nothing removes it', async () => {
    const reading = await startVerify(context, input);
    await expect(startRemoveBackup(context, input)).rejects.toMatchObject({
      code: 'conflict/in-use',
      context: { jobNumber: reading.number },
    });
    await cancelJob(context, reading);
    const removal = await startRemoveBackup(context, input);
    await expect(startVerify(context, input)).rejects.toMatchObject({
      code: 'conflict/in-use',
      context: { jobNumber: removal.number },
    });
    await cancelJob(context, removal);
  });

  test('is not both read and removed by jobs that were asked for at the same moment', async () => {
    for (let round = 0; round < 8; round++) {
      const asked = [startVerify(context, input), startRemoveBackup(context, input)];
      const made = (await Promise.allSettled(asked)).filter((job) => job.status === 'fulfilled');
      expect(made).toHaveLength(1);
      await cancelJob(context, made[0]!.value);
    }
  });
});

describe('a table', () => {
  test('is written by one job at a time: the second is refused with the first one’s number', async () => {
    const cluster = { id: 'c1', name: 'bank' };
    await database.db.cluster.create({ data: { ...cluster, kind: 'fdw', address: {} } });
    const writes = { clusterId: 'c1', tables: ['postgres.public.a', 'postgres.public.b'] };
    const first = await enqueueSample(context, { cluster, writes });
    const second = enqueueSample(context, { cluster, writes: { clusterId: 'c1', tables: ['postgres.public.b'] } });
    await expect(second).rejects.toMatchObject({
      code: 'conflict/table-busy',
      context: { jobId: first.jobId, jobNumber: first.number, table: 'postgres.public.b' },
    });
    await cancelJob(context, first);
    const third = await enqueueSample(context, { cluster, writes });
    await cancelJob(context, third);
    expect(await database.db.jobClaim.count()).toBe(0);
  });
});

describe('a role', () => {
  const as = (role: 'operator' | 'admin') => ({ ...context, actor: { ...context.actor, role } });

  test('that may not remove, reindex or drop may not do so by starting such a job again', async () => {
    const inputs = [
      { kind: 'remove-backup', backupId: 'b1', destinationId: 'd1' },
      { kind: 'reindex', destinationId: 'd1' },
      { kind: 'drop-kept', keptId: 'k1', clusterId: 'c1' },
    ] as const;
    for (const input of inputs) {
      const { jobId } = await enqueueSample(context, { input });
      await cancelJob(context, { jobId });
      for (const again of [retryJob, cloneJob]) {
        await expect(again(as('operator'), { jobId })).rejects.toMatchObject({ code: 'auth/forbidden' });
        // Past the door: what it is about is not there.
        await expect(again(as('admin'), { jobId })).rejects.toMatchObject({
          code: expect.stringMatching(/not-found$/),
        });
      }
    }
  });
});
