import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '#server/base/log.ts';
import type { Database } from '#server/db/client.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { claimJob } from '#server/job/claim.ts';
import { showJob } from '#server/job/show.ts';
import { enqueueSample, testContext } from '#server/job/test-context.ts';
import { finish } from './finish.ts';
import type { HeldLease } from './lease.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.close());

const alive = { isAlive: true } as HeldLease;

/** The real one, but nothing gets through to it while `isAway()`. */
function sometimesAway(isAway: () => boolean): Database {
  return new Proxy(database.db, {
    get: (db, name) => {
      if ((name === '$transaction' || name === '$queryRaw') && isAway()) {
        return () => Promise.reject(new Error('cannot reach the database'));
      }
      const member = Reflect.get(db, name);
      return typeof member === 'function' ? member.bind(db) : member;
    },
  });
}

async function running() {
  const context = testContext(database);
  const { jobId } = await enqueueSample(context);
  const held = (await claimJob(database.db, { executor: 'e1', lane: 'long', leaseMs: 60_000 }))!;
  expect(held.jobId).toBe(jobId);
  return { held, state: async () => (await showJob(context, { id: jobId })).state };
}

test('a database that is away when a job ends does not make a failure of what succeeded', async () => {
  const { held, state } = await running();
  let entered = 0;
  let calls = 0;
  // Three rounds of a transaction and a question whether anybody is there.
  const db = sometimesAway(() => ++calls <= 6);
  const commit = async () => {
    entered++;
  };
  await finish(db, held, alive, { outcome: { state: 'succeeded', commit } }, silentLogger);
  expect([await state(), entered]).toEqual(['succeeded', 1]);
});

test('what the catalog refuses twice ends the job as failed', async () => {
  const { held, state } = await running();
  const commit = async () => {
    throw new Error('no such column');
  };
  await finish(database.db, held, alive, { outcome: { state: 'succeeded', commit } }, silentLogger);
  expect(await state()).toBe('failed');
});
