import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';
import { killConnection, killQuery } from './kill.ts';

let folder: string;
let server: MariadbServer;
let access: MysqlAccess;
const opened: MysqlConnection[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-connection-'));
  chmodSync(folder, 0o755);
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  access = { node: 'shard_1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } };
  await server.sql(
    "CREATE DATABASE work; CREATE USER weak@'%' IDENTIFIED BY 'weak'; GRANT SELECT ON work.* TO weak@'%'",
  );
});

afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: { signal?: AbortSignal; as?: Partial<MysqlAccess> } = {}): Promise<MysqlConnection> {
  const connection = await openMysqlConnection({ ...access, ...options.as }, { signal: options.signal });
  opened.push(connection);
  return connection;
}

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: TidemarkError) => error.code,
  );

/** Resolves when session `id` runs a statement that holds `text`. */
async function running(watcher: MysqlConnection, id: number, text: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const rows = await watcher.query('SHOW FULL PROCESSLIST');
    if (rows.some((row) => Number(row.Id) === id && String(row.Info).includes(text))) return;
  }
  throw new Error(`session ${id} never ran ${text}`);
}

test('a session says whom it talks to', async () => {
  const connection = await open();
  const [row] = await connection.query('SELECT CONNECTION_ID() AS id, VERSION() AS version');
  expect(BigInt(connection.connectionId)).toBe(BigInt(row!.id as bigint));
  expect(String(row!.version).startsWith(connection.serverVersion)).toBe(true);
  expect(connection).toMatchObject({ flavor: 'mariadb', supportsBulk: true, node: 'shard_1', failure: undefined });
});

test('parameters of every kind arrive as they were given, and are never part of the text', async () => {
  const connection = await open();
  const evil = "'; DROP DATABASE work; -- \\";
  const params = [null, evil, 2n ** 64n - 1n, -(2n ** 63n), -7, 0.1, true, Buffer.from([0, 255])];
  const marks = params.map((_, i) => `? AS p${i}`).join(', ');
  const [row] = await connection.query(`SELECT ${marks}`, params);
  expect(Object.values(row!)).toEqual([null, evil, 2n ** 64n - 1n, -(2n ** 63n), -7n, 0.1, 1, Buffer.from([0, 255])]);
  expect(await codeOf(connection.query('SELECT ?', []))).toBe('input/invalid');
});

test('execute tells affected rows, the new id and warnings', async () => {
  const connection = await open();
  await connection.useDatabase('work');
  await connection.execute('CREATE OR REPLACE TABLE counted (id BIGINT PRIMARY KEY AUTO_INCREMENT, v TINYINT)');
  await connection.execute("SET sql_mode = ''");
  expect(await connection.execute('INSERT INTO counted (v) VALUES (1), (2), (999)')).toEqual({
    affectedRows: 3n,
    insertId: 1n,
    warnings: 1,
  });
  expect(await connection.execute('DELETE FROM counted WHERE v > ?', [1])).toMatchObject({ affectedRows: 2n });
  expect(await connection.execute('SELECT * FROM counted')).toMatchObject({ affectedRows: 0n });
});

test('statements sent at once are answered each with its own result, refused ones between', async () => {
  const connection = await open();
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, i) =>
      i % 10 === 3
        ? codeOf(connection.query(`SELECT nonsense_${i}`))
        : connection.query(`SELECT ${i} AS n`, i % 2 ? [] : undefined).then(([row]) => row!.n),
    ),
  );
  expect(answers).toEqual(answers.map((_, i) => (i % 10 === 3 ? 'node/query-failed' : i)));
});

test('a statement and a value past 16 MiB travel whole both ways', async () => {
  const connection = await open();
  const big = Buffer.alloc(17 * 1024 * 1024, 'tide');
  const [row] = await connection.query('SELECT ? AS v, LENGTH(?) AS n', [big, big]);
  expect((row!.v as Buffer).equals(big)).toBe(true);
  expect(Number(row!.n)).toBe(big.length);
  const [text] = await connection.query(`SELECT LENGTH('${big.toString('latin1')}') AS n`);
  expect(Number(text!.n)).toBe(big.length);
});

test('a procedure gives its first rows and leaves the session in step', async () => {
  const connection = await open();
  await connection.useDatabase('work');
  await connection.execute('CREATE OR REPLACE PROCEDURE twice() BEGIN SELECT 1 AS a; SELECT 2 AS b; END');
  expect(await connection.query('CALL twice()')).toEqual([{ a: 1 }]);
  expect(await connection.query('CALL twice()', [])).toEqual([{ a: 1 }]);
  expect(await connection.query('SELECT 3 AS c')).toEqual([{ c: 3 }]);
});

test('several statements in one text are refused', async () => {
  const connection = await open();
  expect(await codeOf(connection.query('SELECT 1; SELECT 2'))).toBe('node/query-failed');
});

test('a refused statement keeps number, state and node, and the session goes on', async () => {
  const connection = await open();
  const error = await connection.query(`SELECT * FROM work.absent /* ${'x'.repeat(500)} */`).catch((thrown) => thrown);
  expect(error).toMatchObject({
    code: 'node/query-failed',
    context: { errno: 1146, sqlState: '42S02', node: 'shard_1' },
  });
  expect(error.context.statement).toHaveLength(200);
  expect(mysqlErrno(error)).toBe(1146);
  await connection.ping();
});

test('a privilege that is missing is named so', async () => {
  const connection = await open({ as: { user: 'weak', password: 'weak' } });
  expect(await codeOf(connection.execute('CREATE DATABASE other'))).toBe('node/missing-privilege');
  expect(await codeOf(connection.execute('CREATE TABLE work.t (a INT)'))).toBe('node/missing-privilege');
  expect(await codeOf(connection.execute('SET GLOBAL read_only = 0'))).toBe('node/missing-privilege');
});

test('a killed query is refused and its session lives on', async () => {
  const [connection, watcher] = [await open(), await open()];
  const slow = connection
    .query('SELECT SUM(SQRT(a.seq) > b.seq) FROM work.seq_1_to_1000000 a, work.seq_1_to_1000000 b')
    .then(String, mysqlErrno);
  await running(watcher, connection.connectionId, 'SUM');
  expect(await killQuery(access, connection.connectionId)).toBe(true);
  expect(await slow).toBe(1317);
  await connection.ping();
});

test('a killed session fails what it was doing and everything after', async () => {
  const [connection, watcher] = [await open(), await open()];
  const work = [codeOf(connection.query('SELECT SLEEP(60)')), codeOf(connection.ping())];
  await running(watcher, connection.connectionId, 'SLEEP');
  expect(await killConnection(access, connection.connectionId)).toBe(true);
  expect(await Promise.all(work)).toEqual(['node/connection-lost', 'node/connection-lost']);
  expect(await codeOf(connection.ping())).toBe('node/connection-lost');
  expect(connection.failure?.code).toBe('node/connection-lost');
  expect(await killConnection(access, connection.connectionId)).toBe(false);
});

test('an aborted signal drops the session with its own reason', async () => {
  const controller = new AbortController();
  const [connection, watcher] = [await open({ signal: controller.signal }), await open()];
  const slow = connection.query('SELECT SLEEP(60)').catch((error) => error);
  await running(watcher, connection.connectionId, 'SLEEP');
  const reason = new TidemarkError('job/lease-lost', 'the lease was lost');
  controller.abort(reason);
  expect(await slow).toBe(reason);
});

test('close waits for what is running, and nothing can be sent after', async () => {
  const connection = await open();
  const last = connection.query('SELECT SLEEP(0.05) AS slept');
  await connection.close();
  expect(await last).toEqual([{ slept: 0 }]);
  expect(await codeOf(connection.ping())).toBe('node/connection-lost');
  await connection.close();
});

test('bulk batches in flight are answered in order, a refused one alone', async () => {
  const connection = await open();
  await connection.useDatabase('work');
  await connection.execute('CREATE OR REPLACE TABLE numbers (n INT PRIMARY KEY)');
  const insert = await connection.prepare('INSERT INTO numbers VALUES (?)');
  const head = Buffer.alloc(9);
  head[0] = 0xfa;
  head.writeUInt32LE(insert.id, 1);
  head.writeUInt16LE(128, 5);
  head[7] = 3;
  const batch = (n: number) => Buffer.concat([head, Buffer.of(0, n, 0, 0, 0)]);
  const answers = await Promise.all(
    [1, 2, 1, 3].map((n) => insert.bulkExecute(batch(n)).then((ok) => ok.affectedRows, mysqlErrno)),
  );
  expect(answers).toEqual([1n, 1n, 1062, 1n]);
  insert.close();
  expect(await connection.query('SELECT COUNT(*) AS n FROM numbers')).toEqual([{ n: 3n }]);
});
