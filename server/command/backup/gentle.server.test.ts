import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { pause } from '#server/base/abort.ts';
import { type Gentleness, gentleness } from '#server/contract/backup.ts';
import { scopeInput } from '#server/contract/scope.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { killQuery } from '#server/engine/mysql/kill.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { TestJob } from '../restore/restore-fixture.ts';
import { backup } from './backup.ts';

const MiB = 1024 ** 2;
let folder: string;
let server: MariadbServer;
let node: MysqlAccess;
let storage: Storage;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-gentle-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  storage = await openStorage({ kind: 'fs', path: join(folder, 'store') });
  const { host, port, rootSocketLogin } = server;
  node = { node: 's1', host, port, tls: { mode: 'disable' }, ...rootSocketLogin };
  // About 1 MiB of rows each.
  const table = (name: string) => `CREATE TABLE ${name} (id INT PRIMARY KEY, body VARCHAR(1000), n INT);
    INSERT INTO ${name} SELECT seq, REPEAT(MD5(seq), 30), 0 FROM seq_1_to_1100; ANALYZE TABLE ${name};`;
  await server.sql(
    `CREATE DATABASE d; USE d; ${['a', 'b', 'c'].map(table).join('\n')}
     CREATE TABLE huge (id INT PRIMARY KEY, body VARCHAR(1000));
     INSERT INTO huge SELECT seq, REPEAT(MD5(seq), 30) FROM seq_1_to_6000;
     CREATE TABLE empty (id INT PRIMARY KEY); ANALYZE TABLE empty, huge;`,
  );
});

afterAll(async () => {
  await server?.stop();
  await storage?.close();
  rmSync(folder, { recursive: true, force: true });
});

function run(job: TestJob, tables: string[], asked: Partial<Gentleness> = {}, parallel = 1) {
  return backup(job.attempt(), {
    backupId: ulid().toLowerCase(),
    cluster: { kind: 'mysql', id: 'c', name: 's1', node },
    storage,
    scope: scopeInput.parse({ tables: tables.map((table) => `d.${table}`) }),
    parallel,
    gentle: { ...gentleness.parse({}), ...asked },
  });
}

const said = (job: TestJob, words: RegExp) => job.events.filter(({ message }) => words.test(message));

test('a backup keeps to its bytes a second', async () => {
  const began = performance.now();
  const { tables } = await run(new TestJob(), ['a', 'b', 'c'], { maxBytesPerSecond: 2 * MiB });
  const raw = tables.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  expect((performance.now() - began) / 1_000).toBeGreaterThan(raw / (2 * MiB) - 0.3);
});

test('a backup of a busy server waits, says so in events and signs, and goes on', async () => {
  const busy = await Promise.all([1, 2, 3, 4].map(() => openMysqlConnection(node)));
  const running = Promise.allSettled(busy.map((session) => session.query('SELECT SLEEP(60)')));
  const job = new TestJob();
  const backedUp = run(job, ['a'], { maxThreadsRunning: 3 });
  while (said(job, /waits for node s1/).length === 0) await pause(50);
  await pause(300);
  expect(job.reports.filter(({ phase, rowsDone }) => phase === 'rows' && rowsDone > 0)).toEqual([]);
  expect(job.signs.at(-1)?.waitsBecause).toMatch(/[45] sessions run statements, more than the 3/);
  for (const { connectionId } of busy) await killQuery(node, connectionId);
  await running;
  for (const session of busy) await session.close();
  expect((await backedUp).tables).toMatchObject([{ outcome: 'succeeded', rows: 1_100 }]);
  expect(said(job, /goes on with node s1/)).toHaveLength(1);
  expect(job.signs.at(-1)).toMatchObject({ waitsBecause: null });
  expect(job.signs.at(-1)!.waitedMs).toBeGreaterThan(300);
});

test('totals are there before the first row, of empty tables too, and the steps of the whole are told', async () => {
  const job = new TestJob();
  await run(job, ['a', 'empty']);
  const waiting = job.reports.filter(({ phase, state }) => phase === 'rows' && state === 'waiting');
  expect(waiting.map(({ table }) => table)).toEqual(['d.a', 'd.empty']);
  expect(Math.abs(waiting[0]!.rowsTotal! - 1_100)).toBeLessThan(400);
  expect(waiting[1]!.rowsTotal).toBe(0);
  expect(waiting[0]!.bytesTotal).toBeGreaterThan(MiB / 2);
  expect(job.steps).toEqual(['locate', 'definition', 'cut', 'rows', 'publish']);
});

test('tables that a snapshot was too old for are whole at a later instant of their own, and say so', async () => {
  const job = new TestJob();
  let changed = false;
  job.onStep = async (step) => {
    if (step !== 'rows running' || changed) return;
    changed = true;
    await server.sql('UPDATE d.a SET n = 1; UPDATE d.b SET n = 1; UPDATE d.c SET n = 1');
  };
  const { manifest, tables } = await run(job, ['a', 'b', 'c'], { maxBytesPerSecond: MiB, maxSnapshotAgeMs: 2_200 });
  expect(tables.map(({ outcome, rows }) => [outcome, rows])).toEqual([1, 2, 3].map(() => ['succeeded', 1_100]));
  const files = await Promise.all(manifest!.tables.map((entry) => readTableFile(storage, manifest!.id, entry)));
  const [first] = files[0]!.fragments;
  const last = files[2]!.fragments[0]!;
  expect([first!.ownSnapshot, last.ownSnapshot]).toEqual([false, true]);
  expect(last.position).not.toEqual(manifest!.cut.nodes[0]!.position);
  expect(files[2]!.left.join()).toMatch(/later than the rest: the first snapshot had been open for 2200ms/);
  expect(said(job, /snapshot was open for 2200ms.*read from a new one/).length).toBeGreaterThan(0);
  const named = new Set(
    files.flatMap(({ fragments }) => fragments.flatMap(({ chunks }) => chunks.map((c) => c.segment))),
  );
  expect(manifest!.segments.map(({ key }) => key).sort()).toEqual([...named].sort());
});

test('a table that no snapshot is long enough for fails alone and by name, after two readings', async () => {
  const job = new TestJob();
  const { manifest, tables } = await run(job, ['a', 'huge'], { maxBytesPerSecond: MiB, maxSnapshotAgeMs: 1_600 });
  expect(tables).toMatchObject([
    { source: 'd.a', outcome: 'succeeded' },
    { source: 'd.huge', outcome: 'failed', error: { code: 'backup/snapshot-too-old' } },
  ]);
  expect(manifest!.failed).toHaveLength(1);
  expect(said(job, /1 table is left and read from a new one/)).toHaveLength(1);
});

test('purge lag of every node is watched from before the snapshot', async () => {
  const job = new TestJob();
  let over = false;
  const backedUp = run(job, ['a', 'b', 'c'], { maxBytesPerSecond: MiB / 2 }).finally(() => {
    over = true;
  });
  // To the end: what is written before the snapshot may be purged.
  while (!over) await server.sql('UPDATE d.huge SET body = REVERSE(body) WHERE id < 500');
  await backedUp;
  const { history, historyBefore } = job.signs.at(-1)!;
  expect(historyBefore).toBeGreaterThanOrEqual(0);
  expect(Math.max(...history)).toBeGreaterThan(historyBefore!);
  expect(job.signs.some(({ snapshotAt, snapshotUntil }) => snapshotAt !== null && snapshotUntil !== null)).toBe(true);
  expect(job.signs.at(-1)!.snapshotAt).toBeNull();
});

test('a backup that is cancelled says what it had read and why none of it is kept', async () => {
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'rows done' && job.reports.filter(({ state }) => state === 'done').length > 4) job.stop.abort();
  };
  await expect(run(job, ['a', 'b', 'c'], { maxBytesPerSecond: 2 * MiB })).rejects.toMatchObject({
    code: 'job/cancelled',
  });
  const [told] = said(job, /had been read/);
  expect(told?.message).toMatch(
    /^[12] of 3 tables, \d+ rows, [\d.]+ [kM]B had been read; nothing of it is kept: a snapshot ends/,
  );
});

test('an attempt that takes over from a killed one says what that one had read and that it starts over', async () => {
  const job = new TestJob();
  const dead = new Promise<void>(() => {});
  let read = () => {};
  const reached = new Promise<void>((resolve) => {
    read = resolve;
  });
  // The killed one: it never comes back from where it is.
  const killed = job.attempt();
  const command = {
    backupId: ulid().toLowerCase(),
    cluster: { kind: 'mysql', id: 'c', name: 's1', node } as const,
    storage: Object.create(storage, {
      write: {
        value: async (key: string, ...rest: [Buffer]) => {
          if (/manifest\.json$/.test(key)) {
            read();
            await dead;
          }
          return storage.write(key, ...rest);
        },
      },
    }) as Storage,
    scope: scopeInput.parse({ tables: ['d.a', 'd.b'] }),
    parallel: 1,
  };
  void backup(killed, command);
  await reached;
  const { manifest } = await backup(job.attempt(), { ...command, storage });
  expect(manifest!.tables).toHaveLength(2);
  const [told] = said(job, /attempt 1 ended early/);
  expect(told?.message).toMatch(/of 2 tables, \d+ rows.*nothing of it is kept.*so this attempt starts over$/);
});
