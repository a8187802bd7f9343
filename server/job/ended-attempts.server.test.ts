import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { claimJob } from './claim.ts';
import { endedAttempts } from './ended-attempts.ts';
import { finishJob } from './finish.ts';
import { saveNotes } from './journal.ts';
import { enqueueSample, testContext } from './test-context.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.close());

test('an attempt has ended when its job has, and then shows what the journal holds; of others nothing is said', async () => {
  const { db } = database;
  await enqueueSample(testContext(database));
  const by = { executor: 'e1', lane: 'long', leaseMs: -1 } as const;
  const first = (await claimJob(db, by))!;
  const second = (await claimJob(db, { ...by, leaseMs: 15_000 }))!;
  const ids = [first.attemptId, second.attemptId, 'not-ours'];
  await saveNotes(db, second, new Map([['publish/0', { state: 'published' }]]));
  // The first one is lost, but its job goes on: what it left is the second one's.
  expect(await endedAttempts(db, ids)).toEqual([]);
  await db.$transaction((rows) => finishJob(rows, second, { state: 'failed' }));
  const ended = await endedAttempts(db, ids);
  expect(ended.map(({ attemptId }) => attemptId).toSorted()).toEqual(ids.slice(0, 2).toSorted());
  expect(ended.map(({ notes }) => [...notes])).toEqual(Array(2).fill([['publish/0', { state: 'published' }]]));
});
