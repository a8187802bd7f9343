import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BlobsAsked, BlobsTold } from './blobs-fixture.ts';
import { type Fidelity, startFidelity } from './fidelity-fixture.ts';

const MiB = 1024 ** 2;
/** What a backup or a restore may ever take, whatever it moves. */
const mostBytes = 400 * MiB;

let lab: Fidelity;

beforeAll(async () => {
  lab = await startFidelity();
});
afterAll(() => lab?.stop());

async function move(database: string): Promise<BlobsTold> {
  const access = lab.access as Extract<typeof lab.access, { kind: 'mysql' }>;
  const asked: BlobsAsked = { node: access.node, database, path: join(lab.folder, database) };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'blobs-fixture.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(asked));
  return JSON.parse(await text(child.stdout)) as BlobsTold;
}

it('rows of 100 MB come back, in memory that does not grow with their number', async () => {
  // Further apart than zstd looks, nothing comes twice: bytes that cannot be made fewer are the most there can be.
  await lab.server.sql(`CREATE DATABASE big; USE big; SET group_concat_max_len = 5000000;
    SET @noise = (SELECT group_concat(random_bytes(1000) SEPARATOR '') FROM seq_1_to_4000);
    CREATE TABLE t (id int PRIMARY KEY, b longblob, c longtext); INSERT INTO t SELECT seq, repeat(@noise, 25), 'beside' FROM seq_1_to_3;
    INSERT INTO t VALUES (9, 'small', 'rows'), (10, NULL, repeat('z', 20000000)); ANALYZE TABLE t`);
  const told = await move('big');
  expect(told.fates).toEqual([['big.t', null]]);
  const [live, back] = await Promise.all([lab.seen('big'), lab.seen('big_back')]);
  expect(back).toEqual(live);
  expect(told.peakAfterBackup).toBeLessThan(mostBytes);
  expect(told.peakAfterRestore).toBeLessThan(mostBytes);
});
