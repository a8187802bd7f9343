import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { eventBytesOf } from './event-bytes.ts';
import { makeTables, targets, writeLog } from './tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-events-'));
let server: MariadbServer;

beforeAll(async () => {
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('the workload changes a table by its share of the rows, and the log’s own files say by how much', async () => {
  await server.sql(`CREATE DATABASE bench; CREATE TABLE bench.sbt (id bigint PRIMARY KEY, branch int, customer text,
    code text, purpose text, amount decimal(18,4), balance decimal(12,2), created datetime(6), updated timestamp,
    flags int, ratio double, document text, note text, mark blob);
    USE bench; INSERT INTO sbt SELECT seq, 1, 'c', repeat('x', 100), 'p', 1, 1, now(), now(), 1, 1, '{}', 'n', 'm' FROM seq_1_to_5000`);
  await makeTables(server, 'bench.sbt', 0);
  await server.sql('FLUSH BINARY LOGS');
  const { bytes } = await writeLog(server, 4 * 1024 ** 2, new AbortController().signal);
  const [file] = (await server.sql('SHOW MASTER STATUS')).trim().split('\t');
  const path = join((await server.sql('SELECT @@log_bin_basename')).trim(), '..', file!);
  const shares = targets.map(({ table }) => {
    const found = eventBytesOf([path], 4, table);
    expect(found.all).toBeGreaterThanOrEqual(bytes);
    expect(found.headers).toBeGreaterThan(0);
    expect(found.headers + found.table).toBeLessThan(found.all);
    return (100 * found.table) / found.all;
  });
  for (const [at, { percent }] of targets.entries()) {
    expect(shares[at]! / percent).toBeGreaterThan(0.8);
    expect(shares[at]! / percent).toBeLessThan(1.1);
  }
});
