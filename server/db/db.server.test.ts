import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { silentLogger } from '#server/base/log.ts';
import { announce } from './announce.ts';
import { openDatabase } from './client.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './embedded-postgres.ts';
import { type Change, openListener } from './listen.ts';
import { lockConsole } from './lock-console.ts';
import { migrateDatabase } from './migrate.ts';
import { processState } from './postmaster.ts';

// A path that is far too long for a socket, with what a shell would trip over.
const parent = mkdtempSync(join(tmpdir(), "tidemark db's "));
const dataFolder = join(parent, 'x'.repeat(120));
const cluster = join(dataFolder, 'postgres/data');
let server: EmbeddedPostgres;
beforeAll(async () => {
  server = await startEmbeddedPostgres(dataFolder);
});
afterAll(async () => {
  await server?.stop();
  rmSync(parent, { recursive: true, force: true });
});

async function query<T extends pg.QueryResultRow>(sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  try {
    return (await client.query<T>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('the embedded database has no TCP port, keeps to its owner and waits for the disk', async () => {
  const [row] = await query(`SELECT current_setting('listen_addresses') AS tcp, current_setting('fsync') AS fsync,
    current_setting('server_version_num')::int / 10000 AS major`);
  expect(row).toEqual({ tcp: '', fsync: 'on', major: 18 });
  expect(statSync(join(dataFolder, 'postgres')).mode & 0o077).toBe(0);
});

test('migrations are applied once, by one of several starters, and a second start finds nothing to do', async () => {
  const applied = await Promise.all([1, 2, 3].map(() => migrateDatabase(server.url)));
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
  expect(await migrateDatabase(server.url)).toEqual([]);
  const rows = await query<{ times: number }>(
    `SELECT count(*)::int AS times FROM _prisma_migrations GROUP BY migration_name`,
  );
  expect(rows.map(({ times }) => times)).toEqual(rows.map(() => 1));
  expect(await query(`SELECT name FROM pgboss.queue ORDER BY name`)).toMatchObject([
    { name: 'wake-long' },
    { name: 'wake-quick' },
  ]);
});

test('a change is told when its transaction commits, and never when it does not', async () => {
  const listener = await openListener(server.url, silentLogger);
  const heard: Change[] = [];
  const arrived = new Promise<void>((resolve) => {
    listener.subscribe((change) => {
      heard.push(change);
      resolve();
    });
  });
  const db = openDatabase(server.url);
  const taken = db.$transaction(async (rows) => {
    await announce(rows, { about: 'backup', id: 'never' });
    throw new Error('rolled back');
  });
  await expect(taken).rejects.toThrow('rolled back');
  await db.$transaction((rows) => announce(rows, { about: 'backup', id: 'b1' }));
  await arrived;
  expect(heard).toEqual([{ about: 'backup', id: 'b1' }]);
  await Promise.all([listener.close(), db.$disconnect()]);
});

test('a listener that lost its connection listens again, and says that something may have been missed', async () => {
  const listener = await openListener(server.url, silentLogger);
  const resync = new Promise<Change>((resolve) => listener.subscribe(resolve));
  await query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidemark listener'`);
  expect(await resync).toEqual({ about: 'resync' });
  const next = new Promise<Change>((resolve) => listener.subscribe(resolve));
  await query(`SELECT pg_notify('tidemark', '{"about":"kept","id":"k"}')`);
  expect(await next).toEqual({ about: 'kept', id: 'k' });
  await listener.close();
});

test('one console at a time has the database of a data folder', async () => {
  const unlock = await lockConsole(server.url, dataFolder);
  await expect(lockConsole(server.url, dataFolder)).rejects.toMatchObject({ code: 'config/invalid' });
  await unlock();
  await (await lockConsole(server.url, dataFolder))();
});

test('a server that still runs is adopted; one that was killed is started again with what it had acknowledged', async () => {
  await query('CREATE TABLE kept (n int)');
  await query('INSERT INTO kept VALUES (42)');
  const adopted = await startEmbeddedPostgres(dataFolder);
  expect([adopted.adopted, adopted.pid]).toEqual([true, server.pid]);
  process.kill(server.pid, 'SIGKILL');
  server = await startEmbeddedPostgres(dataFolder);
  expect(server.adopted).toBe(false);
  expect(await query('SELECT n FROM kept')).toEqual([{ n: 42 }]);
});

test('after stop nothing of it runs', async () => {
  await server.stop();
  expect(processState(server.pid, cluster)).not.toBe('ours');
  server = await startEmbeddedPostgres(dataFolder);
  expect(server.adopted).toBe(false);
});
