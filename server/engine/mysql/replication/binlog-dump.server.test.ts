import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { everyEvent } from '../binlog/every-event-fixture.ts';
import { type MysqlConnection, openMysqlConnection } from '../connection.ts';
import { type DumpRequest, startDump } from './binlog-dump.ts';
import { LogFiles } from './log-files-fixture.ts';
import { replicaIdOf } from './replica-id.ts';

const MiB = 1024 ** 2;
const replicaId = replicaIdOf('test');
const first = { kind: 'position', file: 'binlog.000001', position: 4 } as const;

let folder: string;
let server: MariadbServer;
let open: MysqlConnection[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-replication-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  await server.sql(everyEvent);
});
afterAll(async () => {
  for (const connection of open) connection.destroy();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function dump(request: Partial<DumpRequest> & { sink: LogFiles }, on = server) {
  const { host, port, socket, rootSocketLogin } = on;
  const node = { node: 's1', host, port, socketPath: socket, tls: { mode: 'disable' as const }, ...rootSocketLogin };
  const connection = await openMysqlConnection(node);
  open = [...open.filter(({ failure }) => !failure), connection];
  return { connection, ...(await startDump(connection, { start: first, replicaId, untilEnd: true, ...request })) };
}

const file = (name: string, of = join(folder, 'server')) => readFileSync(join(of, name));
const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('the stream is the files of the server, byte for byte, over a rotation', async () => {
  const sink = new LogFiles();
  await (await dump({ sink })).ended;
  await server.sql('FLUSH BINARY LOGS'); // sets right the flag of the file that was in use
  expect([...sink.files.keys()]).toEqual(['binlog.000001', 'binlog.000002']);
  expect(sink.content('binlog.000001').equals(file('binlog.000001'))).toBe(true);
  const second = sink.content('binlog.000002');
  expect(second.equals(file('binlog.000002').subarray(0, second.length))).toBe(true);
  expect(second.length).toBeGreaterThan(300);
  expect(sink.jumps).toEqual([]);
});

test('a dump from the middle of a file says how its events are to be read', async () => {
  const whole = file('binlog.000001');
  const position = whole.indexOf('UPDATE t SET v') - 19;
  const sink = new LogFiles();
  await (await dump({ sink, start: { kind: 'position', file: 'binlog.000001', position } })).ended;
  expect(sink.content('binlog.000001').equals(whole.subarray(position))).toBe(true);
  expect(sink.jumps).toEqual([{ file: 'binlog.000001', position }]);
  expect(sink.formats).toHaveLength(1);
  expect(sink.formats[0]!.length).toBe(whole.readUInt32LE(4 + 9));
});

test('an event larger than a packet comes whole, in pieces of bounded size', async () => {
  await server.sql('FLUSH BINARY LOGS; CREATE OR REPLACE TABLE d.large (id INT PRIMARY KEY, v LONGBLOB)');
  await server.sql("INSERT INTO d.large VALUES (1, REPEAT('0123456789abcdef', 2.2 * 1024 * 1024))");
  // One whose message fills its packets to the last byte: the empty packet that ends it is no event.
  const fill = (extra: number) => `INSERT INTO d.large VALUES (2, REPEAT('x', ${0xffffff + extra}))`;
  const before = await lastFileBytes();
  await server.sql(fill(0));
  const over = largestEvent(file(await lastFile()).subarray(before)) + 1 - 0xffffff;
  await server.sql(
    `DELETE FROM d.large WHERE id = 2; ${fill(-over)}; DELETE FROM d.large WHERE id = 2; ${fill(-over + 1)}`,
  );
  const name = await lastFile();
  await server.sql('FLUSH BINARY LOGS');
  const sink = new LogFiles();
  await (await dump({ sink, start: { ...first, file: name } })).ended;
  expect(sink.content(name).length).toBeGreaterThan(80 * MiB);
  expect(sha(sink.content(name))).toBe(sha(file(name)));
  expect(sink.largestPieceBytes).toBeLessThanOrEqual(4.2 * MiB);
});

function largestEvent(bytes: Buffer): number {
  let largest = 0;
  for (let at = 0; at < bytes.length; at += bytes.readUInt32LE(at + 9)) {
    largest = Math.max(largest, bytes.readUInt32LE(at + 9));
  }
  return largest;
}

async function lastFile(): Promise<string> {
  return (await server.sql('SHOW MASTER STATUS')).split('\t')[0]!;
}

async function lastFileBytes(): Promise<number> {
  return Number((await server.sql('SHOW MASTER STATUS')).split('\t')[1]);
}

test('a sink that is full holds the server back, and loses nothing', async () => {
  const name = await lastFile();
  await server.sql("INSERT INTO d.large VALUES (10, REPEAT('a', 3000000)), (11, REPEAT('b', 3000000))");
  const sink = new LogFiles();
  const running = await dump({ sink, start: { ...first, file: name }, untilEnd: false });
  const reads = setInterval(() => {
    sink.full = !sink.full;
    if (!sink.full) running.release();
  }, 1);
  const wanted = await lastFileBytes();
  await expect.poll(() => sink.content(name).length, { timeout: 20_000 }).toBe(wanted);
  clearInterval(reads);
  sink.full = false;
  running.release();
  expect(sink.content(name).subarray(256).equals(file(name).subarray(256))).toBe(true);
  await expect.poll(() => sink.idles, { timeout: 5_000 }).toBeGreaterThan(0);
  await server.sql('INSERT INTO d.large VALUES (12, NULL)');
  await expect.poll(() => sink.content(name).length).toBe(await lastFileBytes());
});

test('a dump by GTID begins at the group after it, at its place in the file', async () => {
  const sink = new LogFiles();
  await (await dump({ sink, start: { kind: 'group', slavePosition: '0-1-6' } })).ended;
  const whole = file('binlog.000001');
  const begin = sink.jumps[0]!;
  expect(begin.file).toBe('binlog.000001');
  expect(sink.content('binlog.000001').equals(whole.subarray(begin.position))).toBe(true);
  expect(whole.readBigUInt64LE(begin.position + 19)).toBe(7n);
  expect(sink.jumps).toHaveLength(1);
  await server.sql('FLUSH BINARY LOGS');
  expect(sink.content('binlog.000002').equals(file('binlog.000002'))).toBe(true);
});

test('what the server cannot send is refused with its reason', async () => {
  const refusal = { code: 'node/query-failed', context: { errno: 1236 } };
  const unknown = await dump({ sink: new LogFiles(), start: { ...first, file: 'binlog.000999' } });
  await expect(unknown.ended).rejects.toMatchObject(refusal);
  const ahead = await dump({ sink: new LogFiles(), start: { kind: 'group', slavePosition: '0-1-99999' } });
  await expect(ahead.ended).rejects.toMatchObject({
    ...refusal,
    message: expect.stringContaining("not in the master's binlog"),
  });
});

test('a second dump under the same name ends the first', async () => {
  const one = await dump({ sink: new LogFiles(), untilEnd: false });
  await dump({ sink: new LogFiles(), untilEnd: false });
  await expect(one.ended).rejects.toMatchObject({ code: 'node/connection-lost' });
});

test('files without checksums and encrypted files are streamed as what they say', async () => {
  const place = join(folder, 'other');
  const keys = join(folder, 'keys');
  writeFileSync(keys, `1;${'a7'.repeat(32)}\n`, { mode: 0o644 });
  const other = await startMariadb({
    folder: place,
    ephemeral: true,
    config: {
      binlog_checksum: 'NONE',
      plugin_load_add: 'file_key_management',
      file_key_management_filename: keys,
      encrypt_binlog: true,
    },
  });
  try {
    await other.sql('CREATE DATABASE d; CREATE TABLE d.t (id INT); INSERT INTO d.t VALUES (1), (2); FLUSH BINARY LOGS');
    await other.sql('SET GLOBAL binlog_checksum = CRC32; INSERT INTO d.t VALUES (3); FLUSH BINARY LOGS');
    const sink = new LogFiles();
    await (await dump({ sink }, other)).ended;
    const names = readdirSync(place)
      .filter((name) => /^binlog\.\d+$/.test(name))
      .sort();
    expect([...sink.files.keys()]).toEqual(names);
    for (const name of names) expect(sink.content(name).length).toBe(file(name, place).length);
    expect(sink.jumps).toEqual([]);
    expect(file(names[0]!, place).includes('CREATE TABLE')).toBe(false);
    expect(sink.content(names[0]!).includes('CREATE TABLE d.t')).toBe(true);
  } finally {
    await other.stop();
  }
});
