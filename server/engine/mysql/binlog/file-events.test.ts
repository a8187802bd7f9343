import { expect, test } from 'vitest';
import { decodeEvent } from './decode-event.ts';
import { everyEventFile as file, kindsOfEveryEvent } from './every-event-fixture.ts';
import { fileEvents } from './file-events.ts';
import { gtidText } from './gtid-event.ts';
import { rowsFlag } from './rows-event.ts';
import { decodeStatementSession } from './statement-session.ts';

const events = [...fileEvents(file)];
const protocol = expect.objectContaining({ code: 'node/protocol' });

function of<K extends (typeof events)[number]['event']['kind']>(kind: K) {
  return events.flatMap(({ event }) => (event.kind === kind ? [event as Extract<typeof event, { kind: K }>] : []));
}

test('every event of a real file is told by its kind', () => {
  expect([...new Set(events.map(({ event }) => event.kind))].sort()).toEqual(kindsOfEveryEvent);
  expect(of('other').map(({ name }) => name)).toEqual(['rand']);
  expect(of('formatDescription')).toMatchObject([
    { serverVersion: expect.stringContaining('10.11'), checksum: 'crc32' },
  ]);
  expect(of('rotate')).toEqual([{ kind: 'rotate', file: 'binlog.000002', position: 4n }]);
  expect(of('binlogCheckpoint')).toEqual([{ kind: 'binlogCheckpoint', file: 'binlog.000001' }]);
});

test('groups carry their GTID, and those of XA the name of the transaction', () => {
  expect(of('gtid').map(({ gtid }) => gtidText(gtid))).toEqual(Array.from({ length: 10 }, (_, n) => `0-1-${n + 1}`));
  const xid = { formatId: 7, gtrid: Buffer.from('global'), bqual: Buffer.from('branch') };
  expect(of('gtid').flatMap((event) => (event.xid ? [event] : []))).toMatchObject([
    { flags: 0x4c, xid },
    { flags: 0x8d, xid },
  ]);
  expect(of('xaPrepare')).toEqual([{ kind: 'xaPrepare', onePhase: false, xid }]);
});

test('statements come with the session they ran in', () => {
  const create = of('query').find(({ sql }) => sql.includes('CREATE TABLE t '))!;
  expect(create).toMatchObject({
    database: 'd',
    errorCode: 0,
    session: { autoIncrement: { increment: 2, offset: 1 }, charset: { client: 45 }, sqlMode: 0x54200000n },
  });
  expect(of('query').at(-1)!.sql.toString()).toBe('INSERT INTO t VALUES (6, RAND())');
  expect(of('query').some(({ sql }) => sql.includes('compressing, compressing'))).toBe(true);
  expect(of('annotateRows')[0]!.sql).toBe("INSERT INTO t VALUES (1, 'a'), (2, NULL)");
});

test('a variable of the session whose length is not known ends the reading', () => {
  const zone = Buffer.from([5, 3, ...Buffer.from('UTC'), 1, 1, 0, 0, 0, 0, 0, 0, 0]);
  expect(decodeStatementSession(zone)).toEqual({ timeZone: 'UTC', sqlMode: 1n });
  expect(() => decodeStatementSession(Buffer.concat([zone, Buffer.from([99, 0])]))).toThrow(protocol);
  expect(() => decodeStatementSession(zone.subarray(0, -1))).toThrow(protocol);
});

test('rows come with the map of their table, inflated where they were compressed', () => {
  const rows = of('rows');
  expect(rows.map(({ change }) => change)).toEqual([
    'insert',
    'update',
    'delete',
    'insert',
    'insert',
    'update',
    'delete',
  ]);
  expect(new Set(rows.map(({ tableId }) => tableId))).toEqual(new Set(of('tableMap').map(({ tableId }) => tableId)));
  expect(of('tableMap')[0]).toMatchObject({
    database: 'd',
    table: 't',
    columns: [
      { type: 3, width: 4, prefixed: false },
      { type: 15, width: 1, prefixed: true, size: 80 },
    ],
    nullable: Buffer.from([2]),
  });
  expect(rows.every(({ flags }) => (flags & rowsFlag.endOfStatement) !== 0)).toBe(true);
  expect(rows[4]!.images.toString('latin1')).toContain('y'.repeat(20));
});

test('a flipped bit anywhere is noticed', () => {
  for (const { position, header } of events) {
    const damaged = Buffer.from(file);
    const at = Number(position) + header.length - 6;
    damaged[at]! ^= 0x10;
    expect(() => [...fileEvents(damaged)], `event at ${position}`).toThrow(protocol);
  }
});

test('the flag of a file in use does not disturb the check of its format', () => {
  const open = Buffer.from(file);
  open[4 + 17]! |= 1;
  expect([...fileEvents(open)].length).toBe(events.length);
});

test('a body cut anywhere is refused or read as what is there, never past it', () => {
  for (const { header, bytes, event } of events) {
    for (let length = 19; length < bytes.length; length++) {
      // Zeros that fill up an event say nothing.
      if (event.kind.startsWith('gtid') && bytes.subarray(length - 4, -4).every((byte) => byte === 0)) continue;
      const cut = Buffer.from(bytes.subarray(0, length));
      try {
        const decoded = decodeEvent(cut, { ...header, length }, 'crc32');
        expect(decoded, `${event.kind} cut to ${length}`).not.toEqual(event);
      } catch (error) {
        expect(error, `${event.kind} cut to ${length}`).toMatchObject({ code: 'node/protocol' });
      }
    }
  }
});

test('an event of a type nobody knows is a named value', () => {
  const { header, bytes } = events.find(({ event }) => event.kind === 'xid')!;
  const event = decodeEvent(bytes, { ...header, type: 250 }, 'crc32');
  expect(event).toMatchObject({ kind: 'other', type: 250, name: undefined });
  expect(event).toMatchObject({ body: bytes.subarray(19, bytes.length - 4) });
});

test('what is no binlog is refused', () => {
  expect(() => [...fileEvents(Buffer.from('not a binlog at all, certainly'))]).toThrow(protocol);
});
