import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import type { MemoryAsked, MemoryTold } from './memory-fixture.ts';

const MiB = 1024 ** 2;
/** What a backup may ever take, whatever it reads. */
const mostBytes = 400 * MiB;

let folder: string;
let server: MariadbServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-memory-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function backUp(database: string): Promise<MemoryTold> {
  const { host, port, socket, rootSocketLogin } = server;
  const node = { node: 's1', host, port, socketPath: socket, tls: { mode: 'disable' as const }, ...rootSocketLogin };
  const asked: MemoryAsked = { node, database, path: join(folder, database) };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'memory-fixture.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(asked));
  return JSON.parse(await text(child.stdout)) as MemoryTold;
}

test('memory does not grow with the size of a table', { timeout: 300_000 }, async () => {
  const fill = (database: string, rows: number) =>
    server.sql(`CREATE DATABASE ${database}; USE ${database}; CREATE TABLE big (id INT PRIMARY KEY, v VARBINARY(2000));
      INSERT INTO big SELECT seq, REPEAT(RANDOM_BYTES(50), 36) FROM seq_1_to_${rows}; ANALYZE TABLE big`);
  await fill('mb45', 25_000);
  await fill('mb225', 125_000);
  const small = await backUp('mb45');
  const large = await backUp('mb225');
  expect(large.rawBytes).toBeGreaterThan(200 * MiB);
  expect(large.peakBytes).toBeLessThan(mostBytes);
  expect(large.peakBytes / small.peakBytes).toBeLessThan(1.25);
});

test('memory does not grow much with the number of tables', { timeout: 300_000 }, async () => {
  const fill = (database: string, tables: number) => {
    const columns = 'id INT PRIMARY KEY, name VARCHAR(60), amount DECIMAL(12,2), made DATETIME, KEY by_name (name)';
    const make = Array.from({ length: tables }, (_, n) => `CREATE TABLE t${n} (${columns})`);
    return server.sql(`CREATE DATABASE ${database}; USE ${database}; ${make.join(';')}`);
  };
  await fill('few', 100);
  await fill('many', 900);
  const few = await backUp('few');
  const many = await backUp('many');
  expect([few.tables, many.tables]).toEqual([100, 900]);
  // Names, outcomes and what the catalogs said: 5,000 tables then stay below the bound.
  expect((many.peakBytes - few.peakBytes) / 800).toBeLessThan(50 * 1024);
  expect(many.peakBytes).toBeLessThan(mostBytes);
});
