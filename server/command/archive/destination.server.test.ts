import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';
import { openFsStorage } from '#server/storage/fs/open.ts';
import { mayMount, onTmpfs } from '#server/storage/fs/tmpfs-fixture.ts';
import { ArchiveFixture, accessOf, binlogsOf, RunningArchive, readArchive, stream } from './archive-fixture.ts';

const fixture = new ArchiveFixture();
let server: MariadbServer;

beforeAll(async () => {
  await fixture.open();
  server = await fixture.server('one');
  await server.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY AUTO_INCREMENT, v VARBINARY(3000))');
});
afterAll(() => fixture.close());

const random = (rows: number) => server.sql(`INSERT INTO t (v) SELECT RANDOM_BYTES(1000) FROM seq_1_to_${rows}`, 'd');

const missing = (running: RunningArchive) => {
  const [file, bytes] = [...binlogsOf(server)].at(-1)!;
  const { durable } = running.status ?? {};
  return durable?.file === file ? bytes.length - Number(durable.position) : null;
};

// Only root may mount.
test.skipIf(!mayMount())('a repository that is full pauses the archive, and one that is freed resumes it', async () => {
  await onTmpfs('size=6m', async (path) => {
    const storage = await openFsStorage({ path });
    await storage.write('README.txt', Buffer.from('as it is'));
    const running = new RunningArchive({ storage, stream, node: accessOf(server), begin: 'oldest' });
    await expect.poll(() => missing(running), { timeout: 10_000, interval: 20 }).toBe(0);
    await running.stop();
    await storage.write('probe/fill', Buffer.alloc(3 << 20));
    const again = new RunningArchive({ storage, stream, node: accessOf(server), begin: 'oldest' });
    await random(4_000);
    await expect
      .poll(() => again.status, { timeout: 10_000, interval: 20 })
      .toMatchObject({
        state: 'paused',
        error: { code: 'destination/full' },
      });
    await readArchive(storage, { tail: true });
    await storage.remove('probe/fill');
    await expect.poll(() => missing(again), { timeout: 15_000, interval: 20 }).toBe(0);
    await again.stop();
    const { files, tail } = await readArchive(storage);
    expect(tail).toEqual([]);
    for (const [name, bytes] of binlogsOf(server)) expect(files.get(`1:${name}`)!.bytes.equals(bytes)).toBe(true);
  });
});

test('a piece of the tail that is damaged is taken from the node again', async () => {
  const { storage } = fixture;
  const command = { storage, stream, node: accessOf(server), begin: 'oldest' as const };
  const running = new RunningArchive(command);
  await expect.poll(() => missing(running), { timeout: 10_000, interval: 20 }).toBe(0);
  for (let piece = 0; piece < 3; piece++) {
    await random(3);
    await expect.poll(() => missing(running), { timeout: 10_000, interval: 20 }).toBe(0);
  }
  const { tail } = await readArchive(storage, { tail: true });
  expect(tail.length).toBeGreaterThanOrEqual(3);
  // As a process does that is killed here: nothing is sealed.
  running.onLease = () => new Promise(() => {});
  const bytes = await storage.readAll(tail[1]!);
  bytes[40]! ^= 1;
  await storage.remove(tail[1]!);
  await storage.write(tail[1]!, bytes);
  const next = new RunningArchive(command);
  await expect.poll(() => missing(next), { timeout: 10_000, interval: 20 }).toBe(0);
  expect(next.events).toContainEqual(expect.stringContaining(tail[1]!));
  await next.stop();
  running.stopping.abort();
  const { files } = await readArchive(storage);
  for (const [name, binlog] of binlogsOf(server)) expect(files.get(`1:${name}`)!.bytes.equals(binlog)).toBe(true);
});

test('what lies in the tail is kept when the node loses its log before it is sealed', async () => {
  const { storage } = fixture;
  const command = { storage, stream: { ...stream, id: 'lost' }, node: accessOf(server), begin: 'newest' as const };
  const running = new RunningArchive(command);
  await expect.poll(() => running.status?.state, { timeout: 10_000, interval: 20 }).toBe('live');
  await random(7);
  await expect.poll(() => missing(running), { timeout: 10_000, interval: 20 }).toBe(0);
  const before = [...binlogsOf(server)].at(-1)!;
  // As a process does that is killed here.
  running.onLease = () => new Promise(() => {});
  await server.sql('RESET MASTER');
  await random(2);
  const next = new RunningArchive(command);
  await expect.poll(() => missing(next), { timeout: 10_000, interval: 20 }).toBe(0);
  await next.stop();
  running.stopping.abort();
  const { summaries } = await readArchive(storage, { streamId: 'lost' });
  expect(summaries.map(({ follows, end }) => [follows, end.file])).toContainEqual(['bytes', before[0]]);
  expect(summaries.findLast(({ follows }) => follows !== 'gap')!.end.position).toBe(String(before[1].length));
  expect(summaries.at(-1)).toMatchObject({ follows: 'gap', gap: { reason: 'rebuilt' } });
});

test('of two that archive the same log, one goes on and nothing is doubled', async () => {
  const { storage } = fixture;
  const command = { storage, stream, node: accessOf(server), begin: 'oldest' as const, sizes: { tailMs: 50 } };
  const both = [new RunningArchive(command), new RunningArchive(command)];
  for (let n = 0; n < 6; n++) await random(20);
  // The lease takes one of them away, as it does within seconds.
  both[0]!.onLease = () => {
    throw new TidemarkError('job/lease-lost', 'the other has it');
  };
  await expect(both[0]!.done).rejects.toMatchObject({ code: 'job/lease-lost' });
  await expect.poll(() => missing(both[1]!), { timeout: 20_000, interval: 50 }).toBe(0);
  await both[1]!.stop();
  const { files } = await readArchive(storage, { tail: true });
  for (const [name, binlog] of binlogsOf(server)) {
    expect(binlog.subarray(0, files.get(`1:${name}`)!.bytes.length).equals(files.get(`1:${name}`)!.bytes)).toBe(true);
  }
});
