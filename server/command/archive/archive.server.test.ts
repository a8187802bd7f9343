import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import { TidemarkError } from '#server/base/error.ts';
import { everyEvent } from '#server/engine/mysql/binlog/every-event-fixture.ts';
import { ArchiveFixture, accessOf, binlogsOf, RunningArchive, readArchive, stream } from './archive-fixture.ts';
import type { ArchiveCommand } from './command.ts';

const fixture = new ArchiveFixture();
let server: MariadbServer;

beforeAll(async () => {
  await fixture.open();
  server = await fixture.server('one');
  await server.sql(everyEvent);
});
afterAll(() => fixture.close());

function start(options: Partial<ArchiveCommand> = {}): RunningArchive {
  return new RunningArchive({ storage: fixture.storage, stream, node: accessOf(server), begin: 'oldest', ...options });
}

const live = (running: RunningArchive) =>
  expect.poll(() => running.status?.state, { timeout: 10_000, interval: 20 }).toBe('live');

/** Until everything the server has lies in the repository. It writes a little more, now and then, by itself. */
async function caughtUp(running: RunningArchive): Promise<void> {
  const missing = () => {
    const [file, bytes] = [...binlogsOf(server)].at(-1)!;
    const { durable } = running.status ?? {};
    return durable?.file === file ? bytes.length - Number(durable.position) : Number.POSITIVE_INFINITY;
  };
  await expect.poll(missing, { timeout: 20_000, interval: 20 }).toBe(0);
}

async function expectSameBytes(of: MariadbServer, serverId = 1): Promise<void> {
  const { files } = await readArchive(fixture.storage, { tail: true });
  for (const [name, bytes] of binlogsOf(of)) {
    const archived = files.get(`${serverId}:${name}`);
    expect(archived?.begin, name).toBe(0);
    expect(archived!.bytes.equals(bytes), name).toBe(true);
  }
}

test('the whole log lies in the repository, byte for byte, and is live after that', async () => {
  const running = start();
  await caughtUp(running);
  await live(running);
  await expectSameBytes(server);
  await running.stop();
  const { tail, summaries } = await readArchive(fixture.storage);
  expect(tail).toEqual([]);
  expect(summaries[0]).toMatchObject({ follows: 'nothing', begin: { file: 'binlog.000001', position: '0' } });
  await expectSameBytes(server);
});

test('what is committed lies in the repository within two seconds, and nothing is written when nothing is', async () => {
  const running = start();
  await live(running);
  for (let n = 0; n < 3; n++) {
    await server.sql(`INSERT INTO d.t VALUES (${100 + n}, 'new')`);
    const committed = performance.now();
    await caughtUp(running);
    expect(performance.now() - committed).toBeLessThan(2_000);
  }
  const { tail } = await readArchive(fixture.storage, { tail: true });
  expect(tail.length).toBe(3);
  await expectSameBytes(server);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await readArchive(fixture.storage)).tail).toEqual(tail);
  expect(Date.now() - running.status!.caughtUpAt!.getTime()).toBeLessThan(1_600);
  await running.stop();
  expect((await readArchive(fixture.storage)).tail).toEqual([]);
});

test('segments end after groups, and go on over rotations and restarts of the server', async () => {
  const running = start({ sizes: { segmentBytes: 20_000 } });
  await live(running);
  for (let n = 0; n < 6; n++) {
    const first = 1_000 * (n + 1);
    await server.sql(`INSERT INTO t SELECT seq, REPEAT('v', 20) FROM seq_${first}_to_${first + 400}`, 'd');
    if (n % 2 === 0) await server.sql('FLUSH BINARY LOGS');
  }
  await caughtUp(running);
  const before = (await readArchive(fixture.storage)).summaries.length;
  expect(before).toBeGreaterThan(3);
  await server.stop();
  await expect.poll(() => running.status?.state, { timeout: 10_000 }).toBe('paused');
  server = await fixture.server('one');
  await server.sql("INSERT INTO d.t VALUES (9000, 'after')");
  await caughtUp(running);
  await server.kill();
  server = await fixture.server('one');
  await server.sql("INSERT INTO d.t VALUES (9001, 'after the kill')");
  await caughtUp(running);
  await running.stop();
  const { summaries } = await readArchive(fixture.storage);
  expect(summaries.slice(1).every(({ follows }) => follows === 'bytes')).toBe(true);
  expect(summaries.every(({ end }) => end.group?.open === false)).toBe(true);
  await expectSameBytes(server);
});

test('an attempt that has lost its lease ends, and leaves no object', async () => {
  const running = start();
  await live(running);
  const before = (await readArchive(fixture.storage)).summaries.length;
  running.onLease = () => {
    throw new TidemarkError('job/lease-lost', 'another attempt has it');
  };
  await server.sql("INSERT INTO d.t VALUES (9100, 'nobody')");
  await expect(running.done).rejects.toMatchObject({ code: 'job/lease-lost' });
  const { summaries, tail } = await readArchive(fixture.storage);
  expect([summaries.length, tail]).toEqual([before, []]);
  const next = start();
  await caughtUp(next);
  await next.stop();
  await expectSameBytes(server);
});
