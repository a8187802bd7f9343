import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { openMysqlConnection } from '../connection.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-prepared-'));
const options = { folder: join(folder, 'one'), ephemeral: true, config: { innodb_lock_wait_timeout: 1 } };
let server: MariadbServer;

beforeAll(async () => {
  server = await startMariadb(options);
  await server.sql(
    `CREATE DATABASE d; USE d;
     CREATE TABLE parent (id INT PRIMARY KEY);
     CREATE TABLE t (id INT PRIMARY KEY, u INT UNIQUE, v INT, p INT, FOREIGN KEY (p) REFERENCES parent (id));
     INSERT INTO parent VALUES (1), (2);
     INSERT INTO t VALUES (1, 10, 0, 1), (2, 20, 0, 1), (3, 30, 0, 1)`,
  );
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const connect = () => {
  const { host, port, socket, rootSocketLogin } = server;
  return openMysqlConnection({
    node: 's1',
    host,
    port,
    socketPath: socket,
    tls: { mode: 'disable' },
    ...rootSocketLogin,
  });
};

/** Every way in which another transaction could change what the prepared one changed, or build on it. */
const refused = [
  'UPDATE t SET v = 2 WHERE id = 1',
  'DELETE FROM t WHERE id = 1',
  'UPDATE t SET id = 1 WHERE id = 3', // the key of a row that is changed
  'INSERT INTO t VALUES (2, 21, 0, 1)', // the key of a row that is gone
  'INSERT INTO t VALUES (5, 20, 0, 1)', // a unique value of it
  'INSERT INTO t VALUES (4, 41, 0, 1)', // the key of a row that is new
  'INSERT INTO t VALUES (6, 40, 0, 1)', // a unique value of it
  'INSERT INTO t VALUES (7, 10, 0, 1)', // a value that was changed away
  'DELETE FROM parent WHERE id = 2', // what a new row refers to
];

async function expectLocked(): Promise<void> {
  const connections = await Promise.all(refused.map(connect));
  const outcomes = await Promise.allSettled(
    connections.map((one, at) => one.execute(refused[at]!.replace(/\b(t|parent)\b/, 'd.$1'))),
  );
  const passed = refused.filter((_, at) => outcomes[at]!.status === 'fulfilled');
  expect(passed).toEqual([]);
  for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { context: { errno: 1205 } } });
  await Promise.all(connections.map((one) => one.close()));
}

// This is why the rows of a transaction that was committed late may be laid where it was prepared: see decideCut.
test('from its prepare to its end nobody changes what a transaction changed, nor after the server was killed', async () => {
  const connection = await connect();
  await connection.execute("XA START 'x'");
  await connection.execute('UPDATE d.t SET v = 1, u = 11 WHERE id = 1');
  await connection.execute('DELETE FROM d.t WHERE id = 2');
  await connection.execute('INSERT INTO d.t VALUES (4, 40, 0, 2)');
  await connection.execute("XA END 'x'");
  await connection.execute("XA PREPARE 'x'");
  await expectLocked();
  await connection.close();
  await server.kill();
  server = await startMariadb({ ...options, port: server.port });
  await expectLocked();
  const recovering = await connect();
  await recovering.execute("XA COMMIT 'x'");
  expect(await recovering.query('SELECT id, u, v FROM d.t ORDER BY id')).toEqual([
    { id: 1, u: 11, v: 1 },
    { id: 3, u: 30, v: 0 },
    { id: 4, u: 40, v: 0 },
  ]);
  await recovering.close();
}, 30_000);
