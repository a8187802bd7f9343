import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { ArchiveFixture, accessOf, binlogsOf, readArchive } from './archive-fixture.ts';
import type { ProcessAsked } from './archive-process-fixture.ts';

const fixture = new ArchiveFixture();
let server: MariadbServer;

beforeAll(async () => {
  await fixture.open();
  server = await fixture.server('one', { config: { max_binlog_size: '1M' } });
  await server.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARBINARY(3000))');
});
afterAll(() => fixture.close());

function startProcess(sizes: ProcessAsked['sizes']) {
  const asked: ProcessAsked = { node: accessOf(server), path: join(fixture.folder, 'store'), sizes };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'archive-process-fixture.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(asked));
  let last = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    last = text.trim().split('\n').at(-1) ?? last;
  });
  return { child, told: () => (last ? JSON.parse(last) : {}) };
}

const killed = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });

test('an archive that is killed again and again has every byte of the log once', async () => {
  let writing = true;
  const writer = (async () => {
    while (writing) {
      await server.sql(
        `INSERT INTO t (v) SELECT REPEAT(RANDOM_BYTES(100), 1 + seq MOD 20) FROM seq_1_to_400;
        INSERT INTO t (v) VALUES ('one row'); DELETE FROM t ORDER BY id LIMIT 200`,
        'd',
      );
    }
  })();
  const sizes = { segmentBytes: 1_500_000, tailMs: 100 };
  for (let round = 0; round < 6; round++) {
    const { child, told } = startProcess(sizes);
    await expect.poll(() => told().durable ?? null, { timeout: 20_000, interval: 5 }).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, round * 90));
    await killed(child);
    // What lies there now, without anybody's help, is whole: a part of the log from its beginning.
    if (round % 3 === 2) await expectPrefix();
  }
  writing = false;
  await writer;
  const { child, told } = startProcess(sizes);
  const missing = () => {
    const [file, bytes] = [...binlogsOf(server)].at(-1)!;
    return told().durable?.file === file ? bytes.length - Number(told().durable.position) : null;
  };
  await expect.poll(missing, { timeout: 20_000, interval: 50 }).toBe(0);
  await killed(child);
  const { files, summaries } = await expectPrefix();
  for (const [name, bytes] of binlogsOf(server)) expect(files.get(`1:${name}`)!.bytes.equals(bytes), name).toBe(true);
  expect(summaries.slice(1).every(({ follows }) => follows === 'bytes')).toBe(true);
  expect(files.size).toBeGreaterThan(3);
});

async function expectPrefix() {
  const archived = await readArchive(fixture.storage, { tail: true });
  const there = binlogsOf(server);
  for (const [name, { begin, bytes }] of archived.files) {
    expect(begin).toBe(0);
    expect(there.get(name.slice(2))!.subarray(0, bytes.length).equals(bytes), name).toBe(true);
  }
  return archived;
}
