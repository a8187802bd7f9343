import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restoreInput } from '#server/contract/restore.ts';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import { ask } from '#server/job/ask.ts';
import { listJobTables, showJob } from '#server/job/show.ts';
import { startBackup } from '#server/job/start-backup.ts';
import { startRestore } from '#server/job/start-restore.ts';
import { eventually } from '#server/job/test-context.ts';
import { stopArchive } from '#server/log-archive/stop.ts';
import { type Archived, ArchiveStage } from './archive-stage-fixture.ts';
import { startTestExecutor } from './test-executor.ts';

const stage = new ArchiveStage();
const scratchFolder = mkdtempSync(join(tmpdir(), 'tidemark-scratch-'));
let archived: Archived;
let stop: () => Promise<void>;
let made = 0;

beforeAll(async () => {
  await stage.open();
  archived = await stage.wantArchive();
  const executor = await startTestExecutor(stage.database, { lookEveryMs: 1_000, scratchFolder });
  stop = () => executor.stop();
  await archived.until('it follows', ({ state }) => state === 'following');
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
});
afterAll(async () => {
  await stop?.();
  await stage.close();
  rmSync(scratchFolder, { recursive: true, force: true });
});

async function ended(jobId: string) {
  return eventually('the job has ended', async () => {
    const job = await showJob(stage.context, { id: jobId });
    return job.endedAt === null ? null : job;
  });
}

async function backUp(): Promise<string> {
  const { clusterId } = archived;
  const { destinationId } = await stage.database.db.logArchive.findUniqueOrThrow({ where: { clusterId } });
  const scope = { all: false, databases: [], schemas: [], tables: ['shop.t'], patterns: [], except: [] };
  const { jobId, backupId } = await startBackup(stage.context, { clusterId, destinationId, scope });
  expect(await ended(jobId)).toMatchObject({ state: 'succeeded' });
  return backupId;
}

async function asked(point: RestorePoint, source = 'shop.t') {
  const tables = [{ source, target: `shop.t${++made}` }];
  const restore = restoreInput.parse({ clusterId: archived.clusterId, point, tables });
  const { jobId, answer } = await ask(stage.context, { ask: 'plan-restore', restore });
  return { planJobId: jobId, plan: answer };
}

/** The first transaction after what the server has done so far. */
const gtid = async () => (await stage.node.sql('SELECT @@gtid_binlog_pos')).trim();
const rows = (table: string) => stage.node.sql(`SELECT * FROM ${table} ORDER BY id`);

test('an operator names a point, and the nearest backup and the log after it give the table', async () => {
  const first = await backUp();
  await stage.write();
  const [before, held] = [await gtid(), await rows('shop.t')];
  await stage.write();
  const second = await backUp();
  await stage.node.sql('UPDATE shop.t SET at = NULL');
  await stage.write();
  const [latest, all] = [await gtid(), await rows('shop.t')];
  const now = Date.now();
  await archived.until('it is archived', ({ archivedUntil }) => archivedUntil!.getTime() > now);

  const early = await asked({ kind: 'after', transaction: before });
  expect(early.plan.backup.id).toBe(first);
  const late = await asked({ kind: 'after', transaction: latest });
  expect(late.plan.backup.id).toBe(second);
  for (const [{ plan, planJobId }, truth] of [
    [early, held],
    [late, all],
  ] as const) {
    expect(plan.tables[0]!.problem).toBeNull();
    const { jobId } = await startRestore(stage.context, { planJobId });
    const job = await ended(jobId);
    expect(job).toMatchObject({ state: 'succeeded', result: { timings: { catchUpMs: expect.any(Number) } } });
    const { tables } = await listJobTables(stage.context, { jobId, limit: 10 });
    expect(tables[0]!.outcome).toMatchObject({ outcome: 'succeeded', changesApplied: expect.any(Number) });
    expect(tables[0]!.phases.log).toMatchObject({ state: 'done', logTime: expect.stringMatching(/^20/) });
    expect(await rows(plan.tables[0]!.target)).toBe(truth);
  }
  expect(readdirSync(scratchFolder)).toEqual([]);
});

test('a point that cannot be had is refused with the nearest ones', async () => {
  const early = asked({ kind: 'instant', at: '2020-01-01T00:00:00+01:00' });
  await expect(early).rejects.toMatchObject({
    code: 'restore/before-earliest',
    hint: expect.stringMatching(/nearest instant that can be restored is 20\d\d-/),
  });
  const late = asked({ kind: 'instant', at: new Date(Date.now() + 3_600_000).toISOString() });
  await expect(late).rejects.toMatchObject({ code: 'restore/not-archived-yet' });
  await expect(asked({ kind: 'before', transaction: '0-1-99999999' })).rejects.toMatchObject({ code: 'not-found' });
});

test('a table or a node that is not there is said to be not there, and which nodes are', async () => {
  for (const point of [{ kind: 'latest' }, { kind: 'before', transaction: '0-1-1' }] as const) {
    await expect(asked(point, 'shop.typo')).rejects.toMatchObject({
      code: 'table/not-found',
      message: 'cluster c1 has no table shop.typo, and no backup holds one',
    });
  }
  await stage.node.sql('CREATE TABLE shop.young (id INT PRIMARY KEY)');
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
  const young = asked({ kind: 'latest' }, 'shop.young');
  await expect(young).rejects.toMatchObject({ code: 'restore/nothing-recoverable' });
  await expect(asked({ kind: 'before', transaction: 'shard_9:0-101-5' })).rejects.toMatchObject({
    code: 'not-found',
    message: 'the cluster has no node shard_9, which shard_9:0-101-5 names',
    hint: 'Its node is c1.',
  });
});

test('a plan counts the segments it reads, and the tail as one of them', async () => {
  const pieces = async () => (await stage.objects(archived)).filter((key) => key.includes('/tail/')).length;
  while ((await pieces()) < 3) {
    await stage.write();
    const now = Date.now();
    await archived.until('it is archived', ({ archivedUntil }) => archivedUntil!.getTime() > now);
  }
  const { plan } = await asked({ kind: 'latest' });
  expect(plan.tables[0]!.log!.segments).toBe(1);
  expect(plan.steps.find(({ title }) => title === 'Read the log')!.detail).toMatch(/^1 segment of the log archive, /);
});

test('beyond the end of a stopped archive nothing is promised, and how it goes on is said', async () => {
  await stopArchive(stage.context, { clusterId: archived.clusterId });
  const late = asked({ kind: 'instant', at: new Date(Date.now() + 3_600_000).toISOString() });
  await expect(late).rejects.toMatchObject({
    code: 'restore/not-archived-yet',
    message: expect.stringContaining('the log archive is stopped'),
    hint: expect.stringMatching(/For a later one, start the archive again: tidemark archive start c1$/),
  });
});
