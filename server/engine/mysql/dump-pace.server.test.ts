import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import { type DumpFixture, dumped, failed, startDumpFixture } from './dump-fixture.ts';
import type { Pace } from './pace.ts';
import { ratePace } from './rate-pace.ts';

const MiB = 1024 ** 2;
const rows = 4_000;
let fixture: DumpFixture;

beforeAll(async () => {
  fixture = await startDumpFixture();
  await fixture.server.sql(
    `CREATE DATABASE d; USE d;
     CREATE TABLE d.a (id INT PRIMARY KEY, body VARCHAR(1000));
     INSERT INTO d.a SELECT seq, REPEAT(MD5(seq), 30) FROM seq_1_to_${rows};
     CREATE TABLE d.b LIKE d.a; INSERT INTO d.b SELECT * FROM d.a;`,
  );
});

afterAll(() => fixture?.stop());

const rate = (bytesPerSecond: number): Pace =>
  ratePace({ bytesPerSecond, clock: systemClock, stop: new AbortController().signal });

test('a dump reads no more than its rate, and the same rows as without one', async () => {
  const free = dumped(await fixture.dump(['a']));
  const began = performance.now();
  const slow = dumped(await fixture.dump(['a', 'b'], { pace: rate(4 * MiB) }), 'a');
  const seconds = (performance.now() - began) / 1_000;
  expect([slow.rows, slow.digest]).toEqual([free.rows, free.digest]);
  const wanted = (free.rawBytes * 2) / (4 * MiB);
  expect(seconds).toBeGreaterThan(wanted - 0.3);
  expect(seconds).toBeLessThan(wanted + 2);
});

test('no table is begun before its pace lets it', async () => {
  let begun = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const pace: Pace = { beforeChunk: () => gate, bytes: async () => {} };
  const dump = fixture.dump(['a', 'b'], { pace, onProgress: () => begun++ });
  await pause(500);
  expect(begun).toBe(0);
  open();
  expect(dumped(await dump, 'b').rows).toBe(BigInt(rows));
});

test('a reader that waits long for its pace holds no table that others want to change', async () => {
  let calls = 0;
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  // Chunks of 256 KiB: the first is read, the others wait.
  const pace: Pace = { beforeChunk: () => (calls++ === 0 ? Promise.resolve() : gate), bytes: async () => {} };
  await fixture.server.sql('CREATE TABLE d.c LIKE d.a; INSERT INTO d.c SELECT * FROM d.a; ANALYZE TABLE d.c');
  const options = { pace, connections: 1, chunkBytes: 256 * 1024, giveWayAfterMs: 60_000 };
  const dump = fixture.dump(['c'], options);
  while (calls < 2) await pause(20);
  const began = performance.now();
  await fixture.server.sql('SET lock_wait_timeout = 5; ALTER TABLE d.c ADD COLUMN later INT');
  expect(performance.now() - began).toBeLessThan(2_000);
  open();
  // Its old rows cannot be read on under the new definition: it is taken again.
  expect(dumped(await dump)).toMatchObject({ rows: BigInt(rows), ownSnapshot: true });
});

/** Snapshots and other transactions that are open on the server. */
const openTransactions = async () => {
  const told = await fixture.server.sql('SELECT COUNT(*) FROM information_schema.INNODB_TRX');
  return Number(told.trim().split('\n').at(-1));
};

test('a node holds no snapshot any more once its rows are read, whatever else is still to be done', async () => {
  let open: number | undefined;
  const result = await fixture.dump(['a', 'b'], { beforeClose: async () => (open = await openTransactions()) });
  expect(dumped(result, 'b').rows).toBe(BigInt(rows));
  expect(open).toBe(0);
});

test('what is not read when the snapshot is too old fails by name; what was read is kept; nothing stays open', async () => {
  await fixture.server.sql('CREATE TABLE d.small (id INT PRIMARY KEY); INSERT INTO d.small VALUES (1)');
  const began = performance.now();
  let open: number | undefined;
  const beforeClose = async () => (open = await openTransactions());
  const result = await fixture.dump(['small', 'a', 'b'], { pace: rate(MiB), maxSnapshotAgeMs: 700, beforeClose });
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(dumped(result, 'small').rows).toBe(1n);
  for (const table of ['a', 'b']) expect(failed(result, table).code).toBe('backup/snapshot-too-old');
  expect(open).toBe(0);
});
