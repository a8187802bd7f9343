import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listKept } from '#server/catalog/kept.ts';
import { listBackups } from '#server/catalog/list-backups.ts';
import { listBackupTables, showBackup } from '#server/catalog/show-backup.ts';
import { sealForTest } from '#server/cluster/credentials.ts';
import { registerCluster } from '#server/cluster/register.ts';
import { searchTables } from '#server/cluster/search-tables.ts';
import { showCluster } from '#server/cluster/show.ts';
import { type RestoreFixture, startRestoreFixture } from '#server/command/restore/restore-fixture.ts';
import type { CredentialsInput } from '#server/contract/cluster.ts';
import { restoreInput } from '#server/contract/restore.ts';
import { scopeInput } from '#server/contract/scope.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { showDestination } from '#server/destination/list.ts';
import { registerDestination } from '#server/destination/register.ts';
import { type AskContext, ask } from '#server/job/ask.ts';
import { retryJob } from '#server/job/retry.ts';
import { listJobTables, showJob } from '#server/job/show.ts';
import { startBackup } from '#server/job/start-backup.ts';
import { startDropKept } from '#server/job/start-drop-kept.ts';
import { startRemoveBackup, startVerify } from '#server/job/start-for-backup.ts';
import { startProbe, startReindex } from '#server/job/start-for-destination.ts';
import { startRestore } from '#server/job/start-restore.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import type { RunningExecutor } from './loop.ts';
import { startTestExecutor, testKeyring } from './test-executor.ts';

const account = 'postgres.public.transfer_account';
const rows = 2_000;
let database: TestDatabase;
let context: AskContext;
let executor: RunningExecutor;
let lab: RestoreFixture;
let clusterId: string;
let destinationId: string;
let backupId: string;

beforeAll(async () => {
  [database, lab] = await Promise.all([startTestDatabase(), startRestoreFixture(['bank'], rows)]);
  context = testContext(database);
  executor = await startTestExecutor(database);
});
afterAll(async () => {
  await executor?.stop();
  await Promise.all([database?.close(), lab?.stop()]);
});

async function ended({ jobId }: { jobId: string }) {
  return eventually(
    'the job has ended',
    async () => {
      const job = await showJob(context, { id: jobId });
      return job.endedAt === null ? null : job;
    },
    60_000,
  );
}

function bank() {
  const access = lab.access('bank');
  if (access.kind !== 'fdw') throw new Error('bank is of kind fdw');
  const { host, port, database: name, user, password, tls } = access.computing;
  const credentials = { user, password, tls } as CredentialsInput;
  return {
    address: { host, port, database: name },
    credentials,
    storageCredentials: access.storage as CredentialsInput,
  };
}

test('a connection is tested before anything is registered, and a wrong password is named', async () => {
  const { address, credentials, storageCredentials } = bank();
  const testing = (main: CredentialsInput) =>
    ask(context, {
      ask: 'test-connection',
      kind: 'fdw',
      address,
      sealed: sealForTest(testKeyring, { kind: 'fdw', address }, { main, storage: storageCredentials }),
    });
  const { answer } = await testing(credentials);
  expect(answer.nodes.map(({ name, reachable }) => [name, reachable])).toEqual(
    expect.arrayContaining([['computing', true]]),
  );
  const wrong = await testing({ ...credentials, password: 'not it' });
  expect(wrong.answer.checks.filter(({ state }) => state === 'bad')).not.toEqual([]);
});

test('a registered cluster is seen: nodes, checks and tables become rows', async () => {
  ({ clusterId } = await registerCluster(
    { ...context, keyring: testKeyring },
    { name: 'bank', kind: 'fdw', force: false, ...bank() },
  ));
  const { answer } = await ask(context, { ask: 'topology', clusterId });
  const cluster = await showCluster(context, { id: clusterId });
  expect(cluster.nodes).toHaveLength(answer.nodes);
  const { tables } = await searchTables(context, { clusterId, text: 'transfer_acc' });
  expect(tables.map(({ name }) => name)).toEqual([account]);
});

test('a destination is probed, and one that cannot be written says why', async () => {
  const path = join(lab.folder, 'store');
  ({ destinationId } = await registerDestination(context, { name: 'disk', kind: 'fs', path }));
  expect(await ended(await startProbe(context, { destinationId }))).toMatchObject({ state: 'succeeded' });
  expect(await showDestination(context, { name: 'disk' })).toMatchObject({
    features: { noReplace: true },
    probeError: null,
  });
  const bad = await registerDestination(context, { name: 'bad', kind: 'fs', path: '/etc/hostname/below-a-file' });
  expect(await ended(await startProbe(context, bad))).toMatchObject({ state: 'failed' });
  expect(await showDestination(context, { name: 'bad' })).toMatchObject({
    features: null,
    probeError: { code: expect.any(String) },
  });
});

test('a backup appears in the catalog with the end of its job', async () => {
  const started = await startBackup(context, {
    clusterId,
    destinationId,
    scope: scopeInput.parse({ tables: [account] }),
    method: 'logical',
    parallel: 2,
  });
  backupId = started.backupId;
  expect(await ended(started)).toMatchObject({
    state: 'succeeded',
    error: null,
    result: { backupId, cutProven: true },
  });
  expect(await showBackup(context, { backupId })).toMatchObject({
    clusterId,
    jobId: started.jobId,
    tableCount: 1,
    rows: BigInt(rows),
  });
  const { tables } = await listBackupTables(context, { backupId });
  expect(tables).toMatchObject([{ name: account, rows: BigInt(rows) }]);
  const { tables: done } = await listJobTables(context, { jobId: started.jobId });
  expect(done).toMatchObject([
    { table: account, state: 'done', rows: BigInt(rows), outcome: { outcome: 'succeeded', rows } },
  ]);
});

test('a backup of which one table does not exist is partly done, and a retry takes the missing one only', async () => {
  const scope = scopeInput.parse({ tables: [account, 'postgres.public.nothing'] });
  const started = await startBackup(context, { clusterId, destinationId, scope, method: 'logical', parallel: 2 });
  const job = await ended(started);
  expect(job.state).not.toBe('succeeded');
  expect(job.error).toMatchObject({ code: expect.stringMatching(/table|backup/) });
  const again = await ended(await retryJob(context, started));
  expect(again).toMatchObject({ parentJobId: started.jobId, parentReason: 'retry', state: 'failed' });
});

test('a backup is verified', async () => {
  expect(await ended(await startVerify(context, { backupId }))).toMatchObject({
    state: 'succeeded',
    result: { damaged: [] },
  });
  expect(await showBackup(context, { backupId })).toMatchObject({
    verifyResult: { damaged: [] },
    verifiedAt: expect.any(Date),
  });
});

async function plan(clean: boolean) {
  const restore = restoreInput.parse({
    clusterId,
    point: { kind: 'backup', backupId },
    tables: [{ source: account }],
    clean,
  });
  return ask(context, { ask: 'plan-restore', restore });
}

test('a restore runs the plan that was shown, beside the live table', async () => {
  const { jobId: planJobId, answer } = await plan(false);
  const target = answer.tables[0]!.target;
  const started = await startRestore(context, { planJobId });
  await expect(startRestore(context, { planJobId })).rejects.toMatchObject({
    code: 'conflict/table-busy',
    context: { jobId: started.jobId, jobNumber: started.number },
  });
  const job = await ended(started);
  expect(job).toMatchObject({ state: 'succeeded', error: null });
  const { tables } = await listJobTables(context, { jobId: started.jobId });
  expect(tables).toMatchObject([{ table: account, target, state: 'done', outcome: { outcome: 'succeeded', rows } }]);
  const bare = target.split('.').at(-1)!;
  const listed = () => searchTables(context, { clusterId, text: bare });
  await eventually('the list of tables has it', async () => (await listed()).tables.length === 1);
  // The name is taken now; nothing is touched.
  expect(await ended(await startRestore(context, { planJobId }))).toMatchObject({ state: 'failed' });
});

test('a table that the plan could not take counts as failed in the job too', async () => {
  const restore = restoreInput.parse({
    clusterId,
    point: { kind: 'backup', backupId },
    tables: [
      { source: account, target: 'postgres.public.account_alone' },
      { source: 'postgres.public.in_no_backup', target: 'postgres.public.never' },
    ],
  });
  const { jobId: planJobId } = await ask(context, { ask: 'plan-restore', restore });
  const started = await startRestore(context, { planJobId });
  expect(await ended(started)).toMatchObject({ state: 'partly' });
  const { tables } = await listJobTables(context, { jobId: started.jobId });
  expect(tables.map(({ table, outcome }) => [table, outcome?.outcome])).toEqual([
    [account, 'succeeded'],
    ['postgres.public.in_no_backup', 'failed'],
  ]);
  // The same plan would leave it out again.
  await expect(retryJob(context, { jobId: started.jobId })).rejects.toMatchObject({ code: 'job/not-retryable' });
});

test('an in-place restore keeps the live table, which is listed and can be dropped', async () => {
  const { jobId: planJobId } = await plan(true);
  expect(await ended(await startRestore(context, { planJobId }))).toMatchObject({ state: 'succeeded', error: null });
  const [kept] = await listKept(context, { clusterId });
  expect(kept).toMatchObject({ table: account, clusterId });
  expect(await ended(await startDropKept(context, { keptId: kept!.id }))).toMatchObject({
    state: 'succeeded',
    error: null,
  });
  expect(await listKept(context)).toEqual([]);
});

test('a lost catalog is read anew from the destination', async () => {
  const before = await listBackups(context);
  await database.db.backup.deleteMany();
  expect(await ended(await startReindex(context, { destinationId }))).toMatchObject({ state: 'succeeded' });
  const after = await listBackups(context);
  const facts = ({ backups }: typeof before) =>
    backups.map(({ id, rows: count, storedBytes, manifestSha256, at }) => ({
      id,
      count,
      storedBytes,
      manifestSha256,
      at,
    }));
  expect(facts(after)).toEqual(facts(before));
});

test('a removed backup is gone from the catalog, and cannot be restored', async () => {
  expect(await ended(await startRemoveBackup(context, { backupId }))).toMatchObject({
    state: 'succeeded',
    error: null,
  });
  expect((await listBackups(context)).backups.map(({ id }) => id)).not.toContain(backupId);
  await expect(plan(false)).rejects.toMatchObject({ code: 'backup/not-found' });
});
