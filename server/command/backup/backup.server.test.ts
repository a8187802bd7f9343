import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mysqlAccessOf } from '#lab/cluster-access.ts';
import { type LabNode, nodeNamed } from '#lab/node.ts';
import { programPath } from '#lab/programs.ts';
import { type Scope, scopeInput } from '#server/contract/scope.ts';
import { parseTableName } from '#server/contract/table-name.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { digestTable } from '#server/engine/mysql/digest-table.ts';
import { readManifest, readTableFile } from '#server/manifest/read.ts';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { removeBackup } from '../expire/remove-backup.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from '../restore/restore-fixture.ts';
import { verify } from '../verify/verify.ts';
import { backup } from './backup.ts';
import type { BackupResult } from './command.ts';

const rows = 3_000;
let lab: RestoreFixture;
let bank: ClusterAccess;
let shop: ClusterAccess;
let storage: Storage;
let path: string;
let stores = 0;

beforeAll(async () => {
  lab = await startRestoreFixture(['bank', 'shop'], rows);
  bank = lab.access('bank');
  shop = lab.access('shop');
});
afterAll(() => lab?.stop());
beforeEach(async () => {
  path = join(lab.folder, `store-${stores++}`);
  storage = await openStorage({ kind: 'fs', path });
});

const everything = scopeInput.parse({ all: true });
const only = (...tables: string[]) => scopeInput.parse({ tables });
const account = 'postgres.public.transfer_account';

interface Run {
  job?: TestJob;
  cluster?: ClusterAccess;
  scope?: Scope;
  backupId?: string;
  over?: Storage;
}
function run({ job = new TestJob(), cluster = bank, scope = only(account), ...rest }: Run = {}): Promise<BackupResult> {
  const { backupId = ulid().toLowerCase(), over = storage } = rest;
  return backup(job.attempt(), { backupId, cluster, storage: over, scope, parallel: 2 });
}

async function keys(where = storage): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of where.list('')) found.push(key);
  return found.sort();
}
const repository = ['README.txt', 'repo.json'];

/** The storage, but writes of matching keys wait for, or fail with, what `before` does. */
const holding = (pattern: RegExp, before: (key: string) => Promise<void>): Storage =>
  Object.create(storage, {
    write: {
      value: async (key: string, body: Buffer | AsyncIterable<Buffer>, options?: { signal?: AbortSignal }) => {
        if (pattern.test(key)) await before(key);
        return storage.write(key, body, options);
      },
    },
  });
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
/** Runs statements on a storage node before returning: for hooks that cannot wait. */
function sqlNow(node: string, text: string): void {
  const { socket, rootSocketLogin } = nodeNamed(lab.lab.nodes, node).mariadb!;
  const env = { ...process.env, MYSQL_PWD: rootSocketLogin.password };
  const args = ['--no-defaults', `--socket=${socket}`, `--user=${rootSocketLogin.user}`];
  execFileSync(programPath('mariadb'), args, { env, input: text });
}

/** Storage nodes are named by their foreign server; the lab has names of its own. */
function labNode({ nodes }: Manifest, name: string): LabNode {
  const { port } = nodes.find((node) => node.name === name)!;
  return lab.lab.nodes.find((node) => node.port === port)!;
}

test('a backup of a sharded cluster holds both sides of every table, at one proven cut', async () => {
  const result = await run({ scope: everything });
  const { manifest } = result;
  expect(manifest?.cut).toMatchObject({ proven: true, reason: '' });
  expect(manifest?.cut.nodes.every(({ position }) => position.file !== '' && position.gtid !== '')).toBe(true);
  expect(manifest?.failed).toEqual([]);
  expect(manifest?.tables.find(({ name }) => name === account)).toMatchObject({ rows: `${rows}`, fragments: 4 });
  const entry = manifest!.tables.find(({ name }) => name === account)!;
  const file = await readTableFile(storage, manifest!.id, entry);
  expect(file.computing).toMatchObject({ kind: 'partitioned' });
  expect(new Set(file.fragments.map(({ node }) => node)).size).toBe(2);
  for (const fragment of file.fragments) {
    const connection = await openMysqlConnection(mysqlAccessOf(labNode(manifest!, fragment.node)));
    const live = await digestTable(connection, fragment.database, fragment.table, fragment.columns);
    await connection.close();
    expect(live).toEqual({ rows: BigInt(fragment.rows), digest: fragment.digest });
    expect(fragment.createTable).toMatch(/^CREATE TABLE/);
  }
  const outcome = result.tables.find(({ source }) => source === account);
  expect(outcome).toMatchObject({ outcome: 'succeeded', rows, fragments: 4, error: null });
  expect(outcome?.digest).toMatch(/^[0-9a-f]{32}$/);
});

test('a backup leaves the manifest, its table files and its segments, and nothing else', async () => {
  const { manifest } = await run({ scope: everything });
  const id = manifest!.id;
  const named = [
    ...manifest!.tables.map((table) => `backups/${id}/tables/${table.id}.json`),
    ...manifest!.segments.map(({ key }) => key),
  ];
  expect(await keys()).toEqual([`backups/${id}/manifest.json`, ...named, ...repository].sort());
});

test('many small tables are written in packs, each to be read alone, and go with their backup', async () => {
  const names = Array.from({ length: 40 }, (_, n) => `p${String(n).padStart(2, '0')}`);
  sqlNow(
    'shop',
    `CREATE DATABASE packs; USE packs;
     ${names.map((name, n) => `CREATE TABLE ${name} (id INT PRIMARY KEY); INSERT INTO ${name} SELECT seq FROM seq_1_to_${n + 1};`).join('\n')}`,
  );
  try {
    const { manifest } = await run({ cluster: shop, scope: scopeInput.parse({ databases: ['packs'] }) });
    expect(manifest).toMatchObject({ format: 2, failed: [] });
    const packs = new Set(manifest!.tables.map(({ packed }) => packed!.key));
    expect(packs.size).toBe(1);
    for (const entry of manifest!.tables) {
      const file = await readTableFile(storage, manifest!.id, entry);
      expect(`packs.${file.fragments[0]!.table}`).toBe(entry.name);
      expect(Number(file.rows)).toBe(names.indexOf(file.fragments[0]!.table) + 1);
    }
    expect((await readManifest(storage, manifest!.id)).manifest).toEqual(manifest);
    const found = await keys();
    expect(found.filter((key) => key.includes('/tables/'))).toEqual([...packs]);
    await removeBackup(new TestJob().attempt(), { backupId: manifest!.id, storage });
    expect(await keys()).toEqual(repository);
  } finally {
    sqlNow('shop', 'DROP DATABASE packs');
  }
});

test('a backup of a mysql cluster holds every type and the objects of its databases', async () => {
  const { manifest, tables } = await run({ cluster: shop, scope: everything });
  expect(tables.filter(({ outcome }) => outcome !== 'succeeded')).toEqual([]);
  expect(manifest!.objects.length).toBeGreaterThan(0);
  expect(manifest!.tables.every(({ name }) => parseTableName(name, 2).schema === '')).toBe(true);
});

test('progress ends at what the outcome says, for every table and fragment', async () => {
  const job = new TestJob();
  const { tables } = await run({ job });
  const last = new Map(job.reports.map((report) => [`${report.fragment ?? report.phase}`, report]));
  expect(last.get('definition')?.state).toBe('done');
  expect(last.get('publish')).toMatchObject({ state: 'done', rowsDone: rows });
  const fragments = [...last.values()].filter(({ fragment }) => fragment !== null);
  expect(fragments.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
  expect(fragments.reduce((sum, { rowsDone }) => sum + rowsDone, 0)).toBe(tables[0]!.rows);
});

test('a second attempt that finds the backup published says the same and writes nothing', async () => {
  const [job, backupId] = [new TestJob(), ulid().toLowerCase()];
  const first = await run({ job, backupId });
  const before = await keys();
  const second = await run({ job, backupId });
  expect(second).toEqual(first);
  expect(await keys()).toEqual(before);
});

test('a table dropped between listing and reading fails alone', async () => {
  sqlNow('shop', 'CREATE TABLE shop.doomed (id INT PRIMARY KEY)');
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'definition done') sqlNow('shop', 'DROP TABLE IF EXISTS shop.doomed');
  };
  const { manifest, tables } = await run({ job, cluster: shop, scope: only('shop.doomed', 'shop.orders') });
  expect(tables.map(({ source, outcome }) => [source, outcome])).toEqual([
    ['shop.doomed', 'failed'],
    ['shop.orders', 'succeeded'],
  ]);
  expect(manifest!.failed).toMatchObject([{ name: 'shop.doomed', code: 'table/not-found' }]);
  expect(manifest!.tables.map(({ name }) => name)).toEqual(['shop.orders']);
});

test('when no table is left, nothing is published and nothing stays', async () => {
  sqlNow('shop', 'CREATE TABLE shop.doomed (id INT PRIMARY KEY)');
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'definition done') sqlNow('shop', 'DROP TABLE IF EXISTS shop.doomed');
  };
  const { manifest, tables } = await run({ job, cluster: shop, scope: only('shop.doomed') });
  expect(manifest).toBeNull();
  expect(tables).toMatchObject([{ outcome: 'failed', error: { code: 'table/not-found' } }]);
  expect(await keys()).toEqual(repository);
});

test.each(['definition done', 'rows running', 'rows done'])('cancelled at "%s" it leaves nothing', async (when) => {
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === when) job.stop.abort();
  };
  await expect(run({ job, scope: everything })).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await keys()).toEqual(repository);
});

test('an attempt that lost its job publishes nothing and takes only its own things away', async () => {
  const [job, backupId, held] = [new TestJob(), ulid().toLowerCase(), gate()];
  job.onStep = (step, attemptId) => {
    if (step === 'rows done' && attemptId === first) held.open();
  };
  let first = '';
  const attempt = job.attempt();
  first = attempt.attemptId;
  const command = { backupId, cluster: bank, storage, scope: only(account), parallel: 2 };
  const sleeping = backup(attempt, { ...command, storage: holding(/tables/, () => asleep.opened) });
  const asleep = gate();
  const failing = expect(sleeping).rejects.toMatchObject({ code: 'job/lease-lost' });
  await held.opened;
  const { manifest } = await run({ job, backupId });
  const before = await keys();
  asleep.open();
  await failing;
  expect(await keys()).toEqual(before);
  expect((await verify(new TestJob().attempt(), { backupId, storage })).damaged).toEqual([]);
  expect((await readManifest(storage, backupId)).manifest).toEqual(manifest);
});

test('an attempt that slept through its write and wakes last does not replace what was published', async () => {
  const [job, backupId, asleep, atManifest] = [new TestJob(), ulid().toLowerCase(), gate(), gate()];
  const slow = holding(/manifest/, async () => {
    atManifest.open();
    await asleep.opened;
  });
  const sleeping = run({ job, backupId, over: slow });
  await atManifest.opened;
  const { manifest } = await run({ job, backupId });
  asleep.open();
  expect((await sleeping).manifest).toEqual(manifest);
  expect((await verify(new TestJob().attempt(), { backupId, storage })).damaged).toEqual([]);
  expect((await keys()).filter((key) => key.startsWith('segments/'))).toEqual(
    manifest!.segments.map(({ key }) => key).sort(),
  );
});

test('when a sleeping attempt wakes and publishes first, the next one finishes from that', async () => {
  const [job, backupId, asleep, atManifest] = [new TestJob(), ulid().toLowerCase(), gate(), gate()];
  const slow = holding(/manifest/, async () => {
    atManifest.open();
    await asleep.opened;
  });
  const sleeping = run({ job, backupId, over: slow }).catch((error) => error);
  await atManifest.opened;
  const overtaken = holding(/manifest/, async () => {
    asleep.open();
    await sleeping;
  });
  const { manifest } = await run({ job, backupId, over: overtaken });
  expect((await sleeping).code).toBe('job/lease-lost');
  expect((await readManifest(storage, backupId)).manifest).toEqual(manifest);
  expect((await verify(new TestJob().attempt(), { backupId, storage })).damaged).toEqual([]);
});

test('what a killed attempt left is gone when the next one has published', async () => {
  const [job, backupId] = [new TestJob(), ulid().toLowerCase()];
  const dying: Storage = Object.create(
    holding(/manifest/, () => Promise.reject(new Error('killed'))),
    { remove: { value: async () => {} } },
  );
  await expect(run({ job, backupId, over: dying })).rejects.toThrow('killed');
  const left = (await keys()).filter((key) => key.startsWith('segments/'));
  expect(left.length).toBeGreaterThan(0);
  const { manifest } = await run({ job, backupId });
  const segments = (await keys()).filter((key) => key.startsWith('segments/'));
  expect(segments).toEqual(manifest!.segments.map(({ key }) => key).sort());
  expect(segments.some((key) => left.includes(key))).toBe(false);
});

test('a transaction left prepared on a shard is named in the manifest, and the job says that the cut is not proven', async () => {
  const job = new TestJob();
  const shard = lab.lab.nodes.find(({ cluster, role }) => cluster === 'bank' && role === 'storage')!.name;
  sqlNow(shard, 'CREATE DATABASE IF NOT EXISTS x; CREATE TABLE IF NOT EXISTS x.t (id INT) ENGINE=InnoDB');
  sqlNow(shard, "XA START 'half'; INSERT INTO x.t VALUES (1); XA END 'half'; XA PREPARE 'half'");
  try {
    const { manifest } = await run({ job });
    expect(manifest?.cut).toMatchObject({ proven: false });
    const atCut = manifest!.cut.nodes.find(({ node }) => labNode(manifest!, node).name === shard);
    expect(atCut?.preparedXids).toEqual(["X'68616c66',X''"]);
    expect(job.events.find(({ level }) => level === 'warn')?.message).toContain('not proven');
  } finally {
    sqlNow(shard, "XA ROLLBACK 'half'; DROP DATABASE x");
  }
});

test('a node that does not answer fails the backup by name and leaves nothing', async () => {
  const { node } = shop as Extract<ClusterAccess, { kind: 'mysql' }>;
  const dead: ClusterAccess = { ...shop, node: { ...node, port: 1 } } as ClusterAccess;
  await expect(run({ cluster: dead, scope: everything })).rejects.toMatchObject({ code: 'node/unreachable' });
  const wrong: ClusterAccess = { ...shop, node: { ...node, password: 'wrong' } } as ClusterAccess;
  await expect(run({ cluster: wrong, scope: everything })).rejects.toMatchObject({ code: 'node/access-denied' });
  expect(await keys()).toEqual(repository);
});

const isRoot = process.getuid?.() === 0;
test.skipIf(!isRoot)(
  'a destination that becomes full leaves nothing of the backup (needs root for a tmpfs)',
  async () => {
    const small = join(lab.folder, `small-${stores}`);
    mkdirSync(small);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tidemark-test', small]);
    try {
      const over = await openStorage({ kind: 'fs', path: small });
      await expect(run({ over, scope: everything })).rejects.toMatchObject({ code: 'destination/full' });
      expect(await keys(over)).toEqual(repository);
      await over.close();
    } finally {
      execFileSync('umount', [small]);
    }
  },
);

test.skipIf(isRoot)('an unwritable destination fails by name (root may write everywhere)', async () => {
  await run();
  for (const folder of readdirSync(path)) chmodSync(join(path, folder), 0o500);
  await expect(run()).rejects.toMatchObject({ code: 'destination/unwritable' });
});
