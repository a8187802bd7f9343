import { afterAll, beforeAll, expect, test } from 'vitest';
import type { MariadbServer } from '#lab/mariadb-server.ts';
import type { LogSummary } from '#server/manifest/log-schema.ts';
import { ArchiveFixture, accessOf, binlogsOf, RunningArchive, readArchive, stream } from './archive-fixture.ts';

let fixture: ArchiveFixture;
let one: MariadbServer;

beforeAll(async () => {
  fixture = new ArchiveFixture();
  await fixture.open();
  one = await fixture.server('one');
  await one.sql(
    'CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO d.t VALUES (1, "a")',
  );
});
afterAll(() => fixture.close());

/** Archives what `server` has, as the log of `id`; what the last segment of it says. */
async function archiveAll(server: MariadbServer, id: string): Promise<{ last: LogSummary; events: string[] }> {
  const command = {
    storage: fixture.storage,
    stream: { ...stream, id },
    node: accessOf(server),
    begin: 'oldest' as const,
  };
  const running = new RunningArchive(command);
  const missing = () => {
    const [file, bytes] = [...binlogsOf(server)].at(-1)!;
    const { durable, state } = running.status ?? {};
    return state === 'live' && durable?.file === file ? bytes.length - Number(durable.position) : state;
  };
  await expect.poll(missing, { timeout: 20_000, interval: 20 }).toBe(0);
  await running.stop();
  const { summaries } = await readArchive(fixture.storage, { streamId: id });
  return { last: summaries.at(-1)!, events: running.events };
}

const insert = (server: MariadbServer, id: number) => server.sql(`INSERT INTO d.t VALUES (${id}, 'row ${id}')`);
const newestOf = (server: MariadbServer) => [...binlogsOf(server)].at(-1)![0];

/** The server keeps what it believes a replica still reads, until it notices that ours has gone. */
async function purgeAllBut(server: MariadbServer, file: string): Promise<void> {
  const oldest = async () => {
    await server.sql(`PURGE BINARY LOGS TO '${file}'`);
    return [...binlogsOf(server)][0]![0];
  };
  await expect.poll(oldest, { timeout: 10_000, interval: 50 }).toBe(file);
}

test('a purge of what was archived is no gap; of what was not, it is one that is named', async () => {
  await archiveAll(one, 'purge');
  // The file that the archive ends in is gone, with its end, and no transaction of it is missing.
  await one.sql('FLUSH BINARY LOGS');
  await purgeAllBut(one, newestOf(one));
  await insert(one, 2);
  const whole = await archiveAll(one, 'purge');
  expect(whole.last).toMatchObject({ follows: 'file', gap: null, begin: { file: newestOf(one), position: '0' } });
  expect(whole.last).toMatchObject({ counts: { inserts: 1 } });

  await insert(one, 3);
  await one.sql('FLUSH BINARY LOGS');
  await purgeAllBut(one, newestOf(one));
  await insert(one, 4);
  const { last, events } = await archiveAll(one, 'purge');
  expect(last).toMatchObject({
    follows: 'gap',
    gap: { reason: 'purged' },
    begin: { file: newestOf(one), position: '0' },
  });
  expect(events).toContainEqual(expect.stringContaining('was purged before it was archived'));
  await insert(one, 5);
  expect((await archiveAll(one, 'purge')).last).toMatchObject({ follows: 'bytes', gap: null });
});

test('a log that was begun anew under the same names is no continuation, however far it has come', async () => {
  await archiveAll(one, 'reset');
  await one.sql('RESET MASTER');
  await insert(one, 10);
  expect((await archiveAll(one, 'reset')).last).toMatchObject({ follows: 'gap', gap: { reason: 'rebuilt' } });
  const { summaries } = await readArchive(fixture.storage, { streamId: 'reset' });
  const { end } = summaries.at(-1)!;

  // The same file, as long, with the same GTIDs, and other content.
  await one.sql('RESET MASTER');
  for (let id = 11; id < 15; id++) await insert(one, id);
  const again = await archiveAll(one, 'reset');
  expect(Number(again.last.end.position)).toBeGreaterThan(Number(end.position));
  expect(again.last.end.gtids).not.toEqual(end.gtids);
  expect(again.last).toMatchObject({ follows: 'gap', gap: { reason: 'rebuilt' }, begin: { position: '0' } });
});

test('a replica that takes over goes on with the log, without a gap', async () => {
  await one.sql(
    "RESET MASTER; DROP DATABASE d; CREATE USER repl@'127.0.0.1' IDENTIFIED BY 'repl'; GRANT REPLICATION SLAVE ON *.* TO repl@'127.0.0.1'",
  );
  await one.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT PRIMARY KEY, v VARCHAR(20))');
  const two = await fixture.server('two', { serverId: 2, config: { log_slave_updates: true } });
  await two.sql(`RESET MASTER; CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${one.port}, MASTER_USER = 'repl',
    MASTER_PASSWORD = 'repl', MASTER_USE_GTID = slave_pos; START SLAVE`);
  for (let id = 1; id < 4; id++) await insert(one, id);
  await archiveAll(one, 'failover');
  await insert(one, 4);
  const wanted = (await one.sql('SELECT @@gtid_binlog_pos')).trim();
  await expect.poll(async () => (await two.sql('SELECT @@gtid_binlog_pos')).trim(), { timeout: 10_000 }).toBe(wanted);
  await one.stop();
  await two.sql('STOP SLAVE; RESET SLAVE ALL');
  await insert(two, 5);
  await two.sql('FLUSH BINARY LOGS');
  await insert(two, 6);

  const { last, events } = await archiveAll(two, 'failover');
  expect(events).toContainEqual(expect.stringContaining('goes on at server_id 2'));
  const { summaries } = await readArchive(fixture.storage, { streamId: 'failover' });
  expect(summaries.map(({ follows }) => follows)).toEqual(['nothing', 'group']);
  expect(summaries.map(({ counts }) => counts.inserts)).toEqual([3, 3]);
  expect(last).toMatchObject({ gap: null, end: { server: { id: 2 } } });
  expect(last.begin.gtids).toEqual(summaries[0]!.end.gtids);
  await insert(two, 7);
  expect((await archiveAll(two, 'failover')).last).toMatchObject({ follows: 'bytes', counts: { inserts: 1 } });

  const three = await fixture.server('three', { serverId: 3 });
  await three.sql('CREATE DATABASE other');
  const { last: other } = await archiveAll(three, 'failover');
  expect(other).toMatchObject({ follows: 'gap', gap: { reason: 'diverged' } });
});
