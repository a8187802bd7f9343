import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { executorEnvironment, executorFlags } from '#server/base/executor-process.ts';
import { ArchiveFixture, accessOf, binlogsOf } from './archive-fixture.ts';
import type { ProcessAsked } from './archive-process-fixture.ts';

const MiB = 1024 ** 2;
/** What an archive may ever take, whatever it reads. */
const mostBytes = 400 * MiB;

const fixture = new ArchiveFixture();
let server: MariadbServer;

beforeAll(async () => {
  await fixture.open();
  server = await fixture.server('one');
  await server.sql('CREATE DATABASE d');
});
afterAll(() => fixture.close());

/** Archives all there is in a process of its own, and says how much memory that ever had. */
async function peakOf(store: string): Promise<number> {
  const asked: ProcessAsked = { node: accessOf(server), path: join(fixture.folder, store), sizes: {} };
  const program = join(import.meta.dirname, 'archive-process-fixture.ts');
  const child = spawn(process.execPath, [...executorFlags, program], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...executorEnvironment },
  });
  child.stdin.end(JSON.stringify(asked));
  let told: { durable?: { file: string; position: string }; peakKiB?: number } = {};
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told = JSON.parse(text.trim().split('\n').at(-1)!);
  });
  const [file, bytes] = [...binlogsOf(server)].at(-1)!;
  const there = () => told.durable?.file === file && Number(told.durable.position) >= bytes.length;
  await expect.poll(there, { timeout: 60_000, interval: 50 }).toBe(true);
  child.kill('SIGKILL');
  return told.peakKiB! * 1024;
}

test('memory grows neither with the log nor with an event', { timeout: 110_000 }, async () => {
  await server.sql(`USE d; CREATE TABLE big (id INT PRIMARY KEY AUTO_INCREMENT, v LONGBLOB);
    INSERT INTO big (v) SELECT REPEAT(RANDOM_BYTES(50), 36) FROM seq_1_to_40000`);
  const small = await peakOf('small');
  await server.sql(
    `INSERT INTO big (v) SELECT REPEAT(RANDOM_BYTES(50), 36) FROM seq_1_to_60000;
    INSERT INTO big (v) VALUES (REPEAT(RANDOM_BYTES(1000), 120 * 1024))`,
    'd',
  );
  const large = await peakOf('large');
  expect(large).toBeLessThan(mostBytes);
  expect(large / small).toBeLessThan(1.3);
});

test('memory is bounded however many tables are written at once', { timeout: 110_000 }, async () => {
  const tables = Array.from({ length: 300 }, (_, n) => n);
  await server.sql(tables.map((n) => `CREATE TABLE t${n} (id INT PRIMARY KEY, v TEXT)`).join(';'), 'd');
  const fill = tables.map((n) => `INSERT INTO t${n} SELECT seq, REPEAT(MD5(seq), 10) FROM seq_1_to_2000`);
  await server.sql(`BEGIN; ${fill.join(';')}; COMMIT`, 'd');
  // Those of a frame for each would be 300 MiB by themselves.
  expect(await peakOf('many')).toBeLessThan(mostBytes - 100 * MiB);
});
