import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { everyEvent, kindsOfEveryEvent } from './every-event-fixture.ts';
import { fileEvents, type PlacedEvent } from './file-events.ts';
import { gtidText } from './gtid-event.ts';

let folder: string;
let server: MariadbServer;
let file: Buffer;
let events: PlacedEvent[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-binlog-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  await server.sql(everyEvent);
  file = readFileSync(join(folder, 'server', 'binlog.000001'));
  events = [...fileEvents(file)];
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('events lie where the server says, end to end, and are of the types it says', async () => {
  const listed = (await server.sql("SHOW BINLOG EVENTS IN 'binlog.000001'")).trim().split('\n');
  const ours = events.map(({ position, header }) => [
    String(position),
    String(header.serverId),
    String(position + BigInt(header.length)),
  ]);
  const theirs = listed
    .map((line) => line.split('\t'))
    .filter(([name]) => name === 'binlog.000001')
    .map(([, position, , serverId, end]) => [position, serverId, end]);
  expect(ours).toEqual(theirs);
  expect(events.every(({ header, position }) => header.nextPosition === position + BigInt(header.length))).toBe(true);
  expect(Buffer.concat([file.subarray(0, 4), ...events.map(({ bytes }) => bytes)]).equals(file)).toBe(true);
  expect([...new Set(events.map(({ event }) => event.kind))].sort()).toEqual(kindsOfEveryEvent);
});

test('the last GTID is the one the server stands at', async () => {
  const gtids = events.flatMap(({ event }) => (event.kind === 'gtid' ? [gtidText(event.gtid)] : []));
  const position = await server.sql("SELECT BINLOG_GTID_POS('binlog.000002', 4)");
  expect(position).toContain(gtids.at(-1)!);
  const stop = await startsWithGtids();
  expect(stop).toEqual([gtids.at(-1)]);
});

/** What the next file begins with. */
async function startsWithGtids(): Promise<string[]> {
  const next = [...fileEvents(readFileSync(join(folder, 'server', 'binlog.000002')))];
  return next.flatMap(({ event }) => (event.kind === 'gtidList' ? event.gtids.map(gtidText) : []));
}

test('a file that is still written ends at its last whole event', () => {
  const last = events.at(-1)!;
  for (const cut of [1, last.header.length - 1]) {
    const cutEvents = [...fileEvents(file.subarray(0, file.length - cut))];
    expect(cutEvents.length).toBe(events.length - 1);
  }
});
