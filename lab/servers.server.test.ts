import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { startMariadb } from './mariadb-server.ts';
import { startPostgres } from './postgres-server.ts';
import { isServerOf } from './process-check.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-servers-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a MariaDB that is killed and started again has its port, its rows and its administrator', async () => {
  const place = join(folder, 'maria');
  const first = await startMariadb({ folder: place, ephemeral: true });
  await first.sql('CREATE DATABASE d; CREATE TABLE d.t (a int PRIMARY KEY); INSERT INTO d.t VALUES (1), (2)');
  await first.kill();
  expect(isServerOf(first.pid, place)).toBe(false);
  const again = await startMariadb({ folder: place, ephemeral: true });
  expect(again.port).toBe(first.port);
  expect(again.rootSocketLogin).toEqual(first.rootSocketLogin);
  expect(await again.sql('SELECT a FROM d.t ORDER BY a')).toBe('1\n2\n');
  await again.stop();
  expect(isServerOf(again.pid, place)).toBe(false);
});

test('a MariaDB writes a row binlog that can be trusted, and no administrator is reachable without a password', async () => {
  const server = await startMariadb({ folder: join(folder, 'settings'), serverId: 7, config: { max_connections: 33 } });
  try {
    const settings =
      'server_id, binlog_format, binlog_row_image, sync_binlog, gtid_strict_mode, local_infile, max_connections';
    const values = await server.sql(`SELECT ${settings.replaceAll(/(\w+)/g, '@@$1')}`);
    expect(values.trim().split('\t')).toEqual(['7', 'ROW', 'FULL', '1', '1', '1', '33']);
    const open = await server.sql(
      "SELECT count(*) FROM mysql.global_priv WHERE Host <> 'localhost' AND coalesce(json_value(Priv, '$.authentication_string'), '') = ''",
    );
    expect(open).toBe('0\n');
  } finally {
    await server.stop();
  }
});

test('a PostgreSQL that is killed and started again has its port, its rows and its password', async () => {
  const place = join(folder, 'postgres');
  const first = await startPostgres({ folder: place, extraConfig: { work_mem: '7MB' } });
  await first.sql('CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2)');
  await first.kill();
  const again = await startPostgres({ folder: place, extraConfig: { work_mem: '7MB' } });
  try {
    expect(again.port).toBe(first.port);
    const { host, port, superuserLogin } = again;
    const client = new pg.Client({ host, port, database: 'postgres', ssl: false, ...superuserLogin });
    await client.connect();
    const { rows } = await client.query("SELECT count(*)::int AS n, current_setting('work_mem') AS memory FROM t");
    await client.end();
    expect(rows).toEqual([{ n: 2, memory: '7MB' }]);
    const stranger = new pg.Client({
      host,
      port,
      database: 'postgres',
      user: 'postgres',
      password: 'wrong',
      ssl: false,
    });
    await expect(stranger.connect()).rejects.toThrow(/password authentication failed/);
  } finally {
    await again.stop();
  }
  expect(isServerOf(again.pid, place)).toBe(false);
});

test('a server that cannot start says why, in one line', async () => {
  const broken = startPostgres({ folder: join(folder, 'broken'), extraConfig: { shared_buffers: 'lots' } });
  await expect(broken).rejects.toMatchObject({
    code: 'node/unreachable',
    message: expect.stringMatching(/shared_buffers/),
  });
});

test('a path too long for a socket is served from a short one', async () => {
  const place = join(folder, 'long'.repeat(25));
  const server = await startMariadb({ folder: place, ephemeral: true });
  try {
    expect(Buffer.byteLength(server.socket)).toBeLessThan(108);
    expect(await server.sql('SELECT 1')).toBe('1\n');
  } finally {
    await server.stop();
    if (!server.socket.startsWith(folder)) rmSync(join(server.socket, '..'), { recursive: true });
  }
});

test('servers end with the process that started them, even when it is killed', async () => {
  const script = `
    const { startMariadb } = await import('#lab/mariadb-server.ts');
    const { startPostgres } = await import('#lab/postgres-server.ts');
    const [a, b] = await Promise.all([
      startMariadb({ folder: process.env.PLACE + '/a', ephemeral: true }), startPostgres({ folder: process.env.PLACE + '/b', ephemeral: true })]);
    process.stdout.write(JSON.stringify([a.pid, b.pid]) + '\\n'); setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, PLACE: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const [a, b] = JSON.parse(String(line)) as [number, number];
  expect([isServerOf(a, join(folder, 'a')), isServerOf(b, join(folder, 'b'))]).toEqual([true, true]);
  parent.kill('SIGKILL');
  const deadline = performance.now() + 30_000;
  const alive = () => isServerOf(a, join(folder, 'a')) || isServerOf(b, join(folder, 'b'));
  while (alive() && performance.now() < deadline) await pause(20);
  expect(alive()).toBe(false);
});

test.skipIf(process.getuid?.() !== 0)(
  'started by root, no server runs as root in a folder others may enter',
  async () => {
    const open = mkdtempSync(join(tmpdir(), 'tidemark-open-'));
    chmodSync(open, 0o755);
    const servers = await Promise.all([
      startMariadb({ folder: join(open, 'a'), ephemeral: true }),
      startPostgres({ folder: join(open, 'b'), ephemeral: true }),
    ]);
    try {
      for (const { pid, folder: place } of servers) {
        expect(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]).not.toBe('0');
        expect(statSync(place).mode & 0o077).toBe(0);
      }
    } finally {
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(open, { recursive: true, force: true });
    }
  },
);
