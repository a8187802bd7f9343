import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { claimJob } from '#server/job/claim.ts';
import { finishJob } from '#server/job/finish.ts';
import { enqueueSample, testContext } from '#server/job/test-context.ts';
import { sweepSeldom } from './sweep.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.close());

test('kept copies whose time is over are dropped, the oldest first, however many others cannot be', async () => {
  const { db } = database;
  const cluster = { id: 'c', name: 'bank' };
  await db.cluster.create({ data: { ...cluster, kind: 'mysql', address: {} } });
  const kept = (n: number) => ({
    id: `k${String(n).padStart(2, '0')}`,
    jobId: 'j',
    clusterId: 'c',
    table: `d.t${n}`,
    keptAs: `d.t${n}_kept`,
    bytes: 1,
    pieces: [],
    expiresAt: new Date(Date.now() - 1_000_000 + n * 1_000),
  });
  await db.keptCopy.createMany({ data: Array.from({ length: 50 }, (_, n) => kept(49 - n)) });
  // The 25 oldest are being written by another job.
  const busy = Array.from({ length: 25 }, (_, n) => `d.t${n}`);
  await enqueueSample(testContext(database), { cluster, writes: { clusterId: 'c', tables: busy } });
  const context = { db, nudge: database.nudge, clock: systemClock, scratchFolder: '/nonexistent' };
  const dropped = async () =>
    (await db.job.findMany({ where: { kind: 'drop-kept' }, orderBy: { id: 'asc' } })).map(
      ({ input }) => (input as { keptId: string }).keptId,
    );
  const names = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => kept(from + n).id);
  await sweepSeldom(context);
  expect(await dropped()).toEqual(names(25, 45));
  // Those that fail are not tried again at once, and those after them are.
  for (let n = 0; n < 21; n++) {
    const held = (await claimJob(db, { executor: 'e', lane: 'long', leaseMs: 15_000 }))!;
    if (held.kind === 'drop-kept') await db.$transaction((rows) => finishJob(rows, held, { state: 'failed' }));
  }
  await sweepSeldom(context);
  expect(await dropped()).toEqual(names(25, 50));
});

test('what a killed restore had copied of a log goes when its job has ended, and no sooner', async () => {
  const { db, nudge } = database;
  const scratchFolder = mkdtempSync(join(tmpdir(), 'tidemark-sweep-'));
  try {
    await enqueueSample(testContext(database));
    const killed = (await claimJob(db, { executor: 'e', lane: 'long', leaseMs: 15_000 }))!;
    const [ours, theirs] = [`log-tail-${killed.attemptId}`, 'log-tail-another-installation'];
    for (const name of [ours, theirs, 'merge-1']) mkdirSync(join(scratchFolder, name, 'logs'), { recursive: true });
    const context = { db, nudge, clock: systemClock, scratchFolder };
    await sweepSeldom(context);
    expect(readdirSync(scratchFolder)).toContain(ours);
    await db.$transaction((rows) => finishJob(rows, killed, { state: 'failed' }));
    await sweepSeldom(context);
    expect(readdirSync(scratchFolder).sort()).toEqual([theirs, 'merge-1']);
  } finally {
    rmSync(scratchFolder, { recursive: true, force: true });
  }
});
