import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { openMysqlConnection } from '../mysql/connection.ts';
import { withEstimates } from './estimates.ts';
import { listTables } from './storage-tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-estimates-'));
let server: MariadbServer;

beforeAll(async () => {
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  await server.sql(`CREATE DATABASE d; USE d;
    CREATE TABLE plain (id INT PRIMARY KEY) SELECT seq AS id FROM seq_1_to_500;
    CREATE TABLE parts (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3 SELECT seq AS id FROM seq_1_to_300;
    CREATE TABLE aria (id INT) ENGINE=Aria SELECT seq AS id FROM seq_1_to_40;
    CREATE VIEW seen AS SELECT * FROM plain; CREATE SEQUENCE s;
    ANALYZE TABLE plain, parts, aria;
    CREATE USER reader@localhost IDENTIFIED BY 'r'; GRANT SELECT ON d.* TO reader@localhost`);
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function estimates(openAtMost: number | undefined, login = server.rootSocketLogin) {
  const access = {
    node: 'n',
    host: server.host,
    port: server.port,
    socketPath: server.socket,
    tls: { mode: 'disable' as const },
  };
  const connection = await openMysqlConnection({ ...access, ...login });
  const tables = await withEstimates(connection, await listTables(connection, ['d']), openAtMost);
  await connection.close();
  return new Map(tables.map((table) => [table.table, table]));
}

test.each([
  ['opened one by one', undefined],
  ['read from the statistics', 0],
])('rows and bytes are the same kind of truth when tables are %s', async (_how, openAtMost) => {
  const found = await estimates(openAtMost);
  expect(found.get('plain')).toMatchObject({ kind: 'table', rows: 500, engine: 'InnoDB' });
  expect(found.get('parts')).toMatchObject({ rows: 300 });
  expect(found.get('aria')).toMatchObject({ rows: 40, engine: 'Aria' });
  expect(found.get('seen')).toMatchObject({ kind: 'view', rows: 0, bytes: 0 });
  expect(found.get('s')).toMatchObject({ kind: 'sequence' });
  for (const name of ['plain', 'parts', 'aria']) expect(found.get(name)!.bytes).toBeGreaterThan(0);
});

test('who may not read the statistics still gets estimates', async () => {
  const found = await estimates(0, { user: 'reader', password: 'r' });
  expect(found.get('plain')?.rows).toBe(500);
});
