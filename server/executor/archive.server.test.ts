import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { mariadbUsers } from '#lab/users.ts';
import { registerCluster, type SecretContext } from '#server/cluster/register.ts';
import { binlogsOf, readArchive } from '#server/command/archive/archive-fixture.ts';
import type { StreamView } from '#server/contract/log-archive.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { registerDestination } from '#server/destination/register.ts';
import { eventually, testContext } from '#server/job/test-context.ts';
import { showArchive } from '#server/log-archive/show.ts';
import { startArchive } from '#server/log-archive/start.ts';
import { stopArchive } from '#server/log-archive/stop.ts';
import { openStorage } from '#server/storage/open.ts';
import type { RunningExecutor } from './loop.ts';
import { startTestExecutor, testKeyring } from './test-executor.ts';

/** Real executors, a real server and a real repository; each test has a cluster and a destination of its own. */
let database: TestDatabase;
let context: SecretContext & ReturnType<typeof testContext>;
let node: MariadbServer;
const folder = mkdtempSync(join(tmpdir(), 'tidemark-archives-'));
const executors: RunningExecutor[] = [];
const children: ChildProcess[] = [];
const secrets = { tidemark: 'tidemark-secret', app: 'app-secret' };
let made = 0;

beforeAll(async () => {
  const starting = startMariadb({ folder: join(folder, 's1'), ephemeral: true });
  database = await startTestDatabase();
  context = { ...testContext(database), keyring: testKeyring };
  node = await starting;
  await node.sql(
    `${mariadbUsers(secrets)}; CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY, at DATETIME(6))`,
  );
});
afterEach(async () => {
  await Promise.all(executors.splice(0).map((executor) => executor.stop()));
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGCONT');
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await database.db.logArchive.deleteMany();
});
afterAll(async () => {
  await node?.stop();
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Archived {
  readonly clusterId: string;
  readonly path: string;
  stream(): Promise<StreamView>;
  until(what: string, is: (stream: StreamView) => boolean, ms?: number): Promise<StreamView>;
}

/** A cluster whose archive is wanted, and where its log goes. */
async function wantArchive(password = secrets.tidemark): Promise<Archived> {
  const name = `c${++made}`;
  const path = join(folder, name);
  const { clusterId } = await registerCluster(context, {
    name,
    kind: 'mysql',
    address: { host: node.host, port: node.port, database: '' },
    credentials: { user: 'tidemark', password, tls: { mode: 'disable' } },
  });
  const seen = { version: null, flavor: null, reachable: true };
  await database.db.node.create({
    data: { clusterId, name, role: 'storage', engine: 'mysql', host: node.host, port: node.port, ...seen },
  });
  const { destinationId } = await registerDestination(context, { name, kind: 'fs', path });
  await startArchive(context, { clusterId, destinationId });
  const stream = async () => (await showArchive(context, { id: clusterId })).streams[0]!;
  const until = (what: string, is: (stream: StreamView) => boolean, ms = 20_000) =>
    eventually(
      what,
      async () => {
        const now = await stream();
        return is(now) ? now : null;
      },
      ms,
    );
  return { clusterId, path, stream, until };
}

async function start(name = 'e1') {
  const executor = await startTestExecutor(database, { name, lookEveryMs: 1_000 });
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

let rows = 0;
const write = () => node.sql(`INSERT INTO shop.t VALUES (${++rows}, now(6))`);
const position = async () => {
  const [file, at] = (await node.sql('SHOW MASTER STATUS')).split(/\s+/).filter((word) => /^binlog\.|^\d+$/.test(word));
  return { file, position: at };
};
const reaches = (there: { file?: string; position?: string }) => (stream: StreamView) =>
  stream.reached?.file === there.file && Number(stream.reached?.position) >= Number(there.position);

/** Everything in the repository is proven, and the server's log is there whole, byte for byte, as far as it is archived. */
async function proveWhole({ path, stream }: Archived): Promise<void> {
  const { id, reached } = await stream();
  const storage = await openStorage({ kind: 'fs', path });
  try {
    const archived = await readArchive(storage, { tail: true, streamId: id });
    const files = binlogsOf(node);
    expect(reached).not.toBeNull();
    for (const [name, bytes] of files) {
      const copy = [...archived.files].find(([key]) => key.endsWith(`:${name}`))?.[1];
      if (name > reached!.file) continue;
      const whole = name === reached!.file ? Number(reached!.position) : bytes.length;
      expect(copy?.bytes.subarray(0, whole).equals(bytes.subarray(0, whole)), name).toBe(true);
    }
    expect(archived.summaries.every(({ gap }) => gap === null)).toBe(true);
  } finally {
    await storage.close();
  }
}

test('an archive follows the log, says how far and how far behind, and stops sealed', async () => {
  const archived = await wantArchive();
  await start();
  await archived.until('it follows', ({ state }) => state === 'following');
  await write();
  const committed = Date.now();
  const there = await position();
  const stream = await archived.until('the commit is archived', reaches(there), 5_000);
  expect(stream).toMatchObject({ state: 'following', reason: null, executor: 'e1', gaps: 0, lastGap: null });
  expect(Math.abs(stream.committedAt!.getTime() - committed)).toBeLessThan(2_500);
  const caughtUp = await archived.until('everything is archived', (now) => now.archivedUntil!.getTime() >= committed);
  expect(caughtUp.lagMs).toBeLessThan(3_000);
  expect(caughtUp.logBytes).toBeGreaterThan(0n);
  expect(caughtUp.writtenBytes).toBeGreaterThan(0n);
  await archived.until('the CPU is known', ({ executorCpu }) => executorCpu !== null && executorCpu > 0);

  await stopArchive(context, archived);
  const stopped = await archived.until('it has stopped', ({ state }) => state === 'stopped');
  expect(stopped).toMatchObject({ executor: null, executorCpu: null, lagMs: null });
  expect(stopped.segments).toBeGreaterThan(0);
  await write();
  await startArchive(context, archived);
  await archived.until('it goes on', reaches(await position()));
  await proveWhole(archived);
  const actions = await database.db.auditEvent.findMany({ where: { action: { startsWith: 'archive.' } } });
  expect(actions.map(({ action }) => action).sort()).toEqual(['archive.start', 'archive.start', 'archive.stop']);
});

test('after kill -9 of its executor another one goes on within 30 s, without a gap or a byte twice', async () => {
  const archived = await wantArchive();
  const child = await startChild('e1');
  await archived.until('e1 follows', ({ state, executor }) => state === 'following' && executor === 'e1');
  await start('e2');
  const writing = setInterval(() => void write().catch(() => {}), 50);
  try {
    await archived.until('it is in the middle', reaches(await position()));
    child.kill('SIGKILL');
    const killed = performance.now();
    await archived.until(
      'it is told',
      ({ state, reason }) => state === 'paused' && reason?.code === 'job/executor-lost',
    );
    await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2', 30_000);
    expect(performance.now() - killed).toBeLessThan(30_000);
  } finally {
    clearInterval(writing);
  }
  await write();
  await archived.until('all is archived', reaches(await position()));
  await proveWhole(archived);
  expect(await archived.stream()).toMatchObject({ gaps: 0 });
});

test('an executor that sleeps through its lease and wakes writes nothing more', async () => {
  const archived = await wantArchive();
  const child = await startChild('e1');
  await archived.until('e1 follows', ({ state, executor }) => state === 'following' && executor === 'e1');
  child.kill('SIGSTOP');
  await start('e2');
  await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2', 30_000);
  child.kill('SIGCONT');
  for (let i = 0; i < 10; i++) await write();
  await archived.until('all is archived', reaches(await position()));
  expect(await archived.stream()).toMatchObject({ executor: 'e2', gaps: 0 });
  await proveWhole(archived);
});

test('an executor that stops hands the log over at once', async () => {
  const archived = await wantArchive();
  const first = await start('e1');
  await archived.until('e1 follows', ({ state }) => state === 'following');
  await start('e2');
  const from = performance.now();
  await first.stop();
  await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2');
  expect(performance.now() - from).toBeLessThan(10_000);
});

test('while the server is down it is paused and says why, the lag grows, and it goes on when the server is back', async () => {
  const archived = await wantArchive();
  await start();
  const before = await archived.until('it follows', ({ state, lagMs }) => state === 'following' && lagMs !== null);
  await node.stop();
  const paused = await archived.until('it is paused', ({ state }) => state === 'paused');
  expect(paused.reason).toMatchObject({ code: expect.stringMatching(/^node\//), message: expect.any(String) });
  await archived.until('the lag grows', ({ lagMs }) => lagMs! > before.lagMs! + 3_000);
  node = await startMariadb({ folder: node.folder, port: node.port, ephemeral: true });
  await write();
  await archived.until('it goes on', reaches(await position()), 40_000);
  const after = await archived.until('it has caught up', ({ state, lagMs }) => state === 'following' && lagMs! < 3_000);
  expect(after).toMatchObject({ reason: null, gaps: 0 });
  await proveWhole(archived);
});

test('what waiting does not help against is said, tried again after a wait that is shown, and mended by new credentials', async () => {
  const archived = await wantArchive('wrong');
  await start();
  const failed = await archived.until('it failed', ({ state, retryAt }) => state === 'failed' && retryAt !== null);
  expect(failed.reason).toMatchObject({ code: 'node/access-denied' });
  expect(failed.retryAt!.getTime()).toBeGreaterThan(Date.now() - 1_000);
  const { storeCredentials } = await import('#server/cluster/credentials.ts');
  const main = { user: 'tidemark', password: secrets.tidemark, tls: { mode: 'disable' as const } };
  await database.db.$transaction((rows) => storeCredentials(rows, testKeyring, archived.clusterId, { main }));
  const well = await archived.until('it follows', ({ state }) => state === 'following', 40_000);
  expect(well).toMatchObject({ reason: null, retryAt: null });
});
