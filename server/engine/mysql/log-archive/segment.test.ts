import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyEventFile } from '../binlog/every-event-fixture.ts';
import {
  fileOf,
  gtid,
  image,
  insert,
  type LooseEvent,
  query,
  remove,
  rotate,
  tableMap,
  tell,
  update,
  xid,
} from './event-encoder-fixture.ts';
import { readLogIndex } from './read-index.ts';
import { readLogStream } from './read-stream.ts';
import { endSegment, openWriter, rebuilt, scanFrom, withStorage } from './segment-fixture.ts';
import { statementKind } from './statement-kind.ts';

const damaged = expect.objectContaining({ code: 'destination/object-damaged' });

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const anyId = fc.integer({ min: 1, max: 5 });
const anyEvent: fc.Arbitrary<LooseEvent> = fc.oneof(
  fc.integer({ min: 1, max: 1e6 }).map((n) => gtid(n)),
  fc.constant(xid()),
  fc.tuple(anyId, fc.constantFrom('t', 'u')).map(([id, table]) => tableMap(id, 'd', `${table}${id}`)),
  fc.tuple(anyId, anyBytes).map(([id, bytes]) => insert(id, bytes)),
  fc.tuple(anyId, anyBytes).map(([id, bytes]) => update(id, bytes)),
  fc
    .tuple(anyId, fc.constantFrom(1, 1_500, 6_000, 1_048_500, 1_048_560, 2_300_000))
    .map(([id, bytes]) => remove(id, Buffer.alloc(bytes, 'xyz'))),
  fc.string().map((sql) => query(sql)),
  fc.integer({ min: 1_000_000, max: 1_100_000 }).map((bytes) => query('x'.repeat(bytes))),
  // Whatever a server may write that nobody has heard of, and what only looks like rows.
  fc
    .tuple(fc.integer({ min: 0, max: 255 }), anyBytes)
    .filter(([type]) => ![4, 15, 163].includes(type))
    .map(([type, body]) => ({ type, body })),
);

test('any log comes back byte for byte, from however many segments', async () => {
  await withStorage(async (storage) => {
    let run = 0;
    const property = fc.asyncProperty(
      fc.array(anyEvent, { maxLength: 25 }),
      fc.array(anyEvent, { maxLength: 10 }),
      fc.boolean(),
      fc.integer({ min: 8, max: 60 }),
      async (first, second, checksums, cutEvery) => {
        run++;
        const files = [fileOf([...first, rotate('b')], checksums), fileOf(second, !checksums)];
        const scan = scanFrom(null);
        const writers = [openWriter(storage, `${run}/0`)];
        scan.write([writers[0]!]);
        let events = 0;
        const indexes: ReturnType<typeof endSegment>[] = [];
        const between = () => {
          if (++events % cutEvery !== 0) return;
          indexes.push(endSegment(storage, writers.at(-1)!, scan));
          writers.push(openWriter(storage, `${run}/${writers.length}`));
          scan.write([writers.at(-1)!]);
        };
        tell(scan, 'a', files[0]!, { between });
        tell(scan, 'b', files[1]!, { between });
        indexes.push(endSegment(storage, writers.at(-1)!, scan));
        const back = new Map<string, Buffer>();
        for (const [i, index] of (await Promise.all(indexes)).entries()) {
          for (const [file, bytes] of await rebuilt(storage, `${run}/${i}`, index)) {
            back.set(file, Buffer.concat([back.get(file) ?? Buffer.alloc(0), bytes]));
          }
        }
        expect(back.get('a')!.equals(files[0]!)).toBe(true);
        expect(back.get('b')!.equals(files[1]!)).toBe(true);
      },
    );
    await fc.assert(property, { numRuns: 10 });
  });
}, 30_000);

async function archiveOf(...args: [Parameters<typeof openWriter>[0], string, Buffer]) {
  const [storage, key, file] = args;
  const scan = scanFrom(null);
  const writer = openWriter(storage, key);
  scan.write([writer]);
  tell(scan, 'a', file);
  return { index: await endSegment(storage, writer, scan), scan };
}

test('a real file with every kind of event comes back, and the index tells what is in it', async () => {
  await withStorage(async (storage) => {
    const { index } = await archiveOf(storage, 'x', everyEventFile);
    expect((await rebuilt(storage, 'x', index)).get('a')!.equals(everyEventFile)).toBe(true);
    const { summary, tables, statements } = index;
    expect(summary.counts).toMatchObject({ inserts: 4, updates: 2, deletes: 2, transactions: 10, uncounted: 0 });
    expect(tables).toMatchObject([
      { database: 'd', table: 't', counts: { inserts: 4, updates: 2, deletes: 2, transactions: 4 } },
    ]);
    expect(statements.map(({ kind, sql }) => [kind, sql.slice(0, 14)])).toEqual([
      ['definition', 'CREATE OR REPL'],
      ['definition', 'CREATE TABLE t'],
      ['change', 'INSERT INTO t '],
      ['definition', 'CREATE TABLE u'],
      ['change', 'INSERT INTO t '],
    ]);
    expect(summary.end).toMatchObject({
      nextFile: 'binlog.000002',
      gtids: ['0-1-10'],
      group: { gtid: '0-1-10', before: '0-1-9', open: false },
    });
  });
});

test('a table is read by the header stream and its own frames alone', async () => {
  await withStorage(async (storage, path) => {
    const groups = Array.from({ length: 400 }, (_, n) => [
      ...[gtid(n + 1), tableMap(1, 'd', 'few'), tableMap(2, 'd', 'many')],
      ...[insert(1, image(n, 'a')), insert(2, image(n, 'b'.repeat(90)))],
      ...[
        insert(
          2,
          image(
            n,
            Buffer.from([n % 256])
              .toString('hex')
              .repeat(40),
          ),
        ),
        xid(),
      ],
    ]);
    const { index } = await archiveOf(storage, 'x', fileOf(groups.flat()));
    const few = index.tables.find(({ table }) => table === 'few')!;
    expect(few.counts).toEqual({ inserts: 400, updates: 0, deletes: 0, transactions: 400 });
    const others = index.tables.filter((table) => table !== few).flatMap(({ frames }) => frames);
    const bytes = await readFile(join(path, 'x'));
    for (const [offset, length] of others) bytes.fill(0, offset, offset + length);
    await writeFile(join(path, 'x'), bytes);
    const read: Buffer[] = [];
    for await (const frame of readLogStream(storage, 'x', few.frames)) read.push(frame);
    expect(Buffer.concat(read).equals(Buffer.concat(groups.map((_, n) => image(n, 'a'))))).toBe(true);
  });
});

test('a group cut in two by a segment is read with what began it', async () => {
  await withStorage(async (storage) => {
    const file = fileOf([gtid(1), tableMap(1, 'd', 't'), insert(1, image(1, 'a')), insert(1, image(2, null)), xid()]);
    const scan = scanFrom(null);
    let writer = openWriter(storage, '0');
    scan.write([writer]);
    let events = 0;
    const ended: ReturnType<typeof endSegment>[] = [];
    const between = () => {
      if (++events !== 5) return;
      ended.push(endSegment(storage, writer, scan));
      writer = openWriter(storage, '1');
      scan.write([writer]);
    };
    tell(scan, 'a', file, { between });
    const first = await ended[0]!;
    expect(first.summary.end.group).toMatchObject({ gtid: '0-1-1', open: true });
    const second = await endSegment(storage, writer, scan);
    expect(second.tables).toMatchObject([
      {
        table: 't',
        counts: { inserts: 1, transactions: 1 },
        largest: [['0-1-1', 1_700_000_000, 1, 0, 0, 'a', expect.anything()]],
      },
    ]);
    // The same after a process that was killed there: all it knows is what the first segment says.
    const resumed = scanFrom(first.summary.end);
    const third = openWriter(storage, '2');
    resumed.write([third]);
    tell(resumed, 'a', file, { from: Number(first.summary.end.position) });
    const again = await endSegment(storage, third, resumed);
    expect(again.tables.map(({ frames, ...table }) => table)).toEqual(
      second.tables.map(({ frames, ...table }) => table),
    );
    expect(again.summary.rawSha256).toBe(second.summary.rawSha256);
    expect(again.summary.end).toEqual(second.summary.end);
  });
});

test('a segment with a flipped bit gives the same log and index, or none', async () => {
  await withStorage(async (storage, path) => {
    const rows = Array.from({ length: 10 }, (_, n) => insert(1, image(n, `row ${n}`)));
    const file = fileOf([gtid(1), tableMap(1, 'd', 't'), ...rows, xid()]);
    const { index } = await archiveOf(storage, 'x', file);
    let found = 0;
    const sealed = { ...index, summary: { ...index.summary, rawSha256: '0'.repeat(64) } };
    await expect(rebuilt(storage, 'x', sealed)).rejects.toEqual(damaged);
    await expect(rebuilt(storage, 'x', { ...index, tables: [{ ...index.tables[0]!, frames: [] }] })).rejects.toEqual(
      damaged,
    );
    const whole = await readFile(join(path, 'x'));
    const frames = [...index.header, ...index.tables.flatMap((table) => table.frames)];
    const readByIndex = (at: number) => frames.some(([offset, length]) => at >= offset && at < offset + length);
    for (let at = 0; at < whole.length; at++) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      await writeFile(join(path, 'x'), flipped);
      if (!readByIndex(at)) continue;
      const outcome = await rebuilt(storage, 'x', index).catch((error) => error);
      // zstd has bits that mean nothing; the digest in the seal tells those too.
      if (outcome instanceof Map) expect(outcome.get('a').equals(file), `byte ${at}`).toBe(true);
      else expect(outcome, `byte ${at}`).toEqual(damaged);
      found += outcome instanceof Map ? 0 : 1;
    }
    expect(found).toBeGreaterThan(200);
    // The index itself, read as a piece of the tail is: without anything that says what it must be.
    const indexAt = Math.max(...frames.map(([offset, length]) => offset + length)) + 16;
    for (let at = indexAt; at < whole.length; at += 5) {
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 1 << (at % 8);
      await writeFile(join(path, 'x'), flipped);
      const outcome = await readLogIndex(storage, 'x').catch((error) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: expect.stringMatching(/^destination\//) });
      else expect(outcome, `byte ${at}`).toEqual(index);
    }
  });
}, 30_000);

test('a minute, a table and its largest groups are counted for themselves', async () => {
  await withStorage(async (storage) => {
    const at = (minute: number) => ({ timestamp: 1_700_000_040 + minute * 60 });
    const { index } = await archiveOf(
      storage,
      'x',
      fileOf([
        ...[gtid(1, at(0)), tableMap(1, 'd', 't'), insert(1, Buffer.concat([image(1, 'a'), image(2, null)])), xid()],
        ...[gtid(2, at(1)), tableMap(1, 'd', 't'), update(1, Buffer.concat([image(1, 'a'), image(1, 'b')])), xid()],
        // A statement that took long: its group is committed later than one with a later time.
        ...[
          gtid(3, at(0)),
          tableMap(1, 'd', 't'),
          remove(1, image(1, 'b')),
          tableMap(2, 'd', 'u'),
          insert(2, image(7, '')),
          xid(),
        ],
      ]),
    );
    const first = Math.floor(1_700_000_040 / 60);
    expect(index.tables.map(({ table, minutes }) => [table, minutes])).toEqual([
      [
        't',
        [
          [first, 2, 0, 0, 1],
          [first + 1, 0, 1, 1, 2],
        ],
      ],
      ['u', [[first + 1, 1, 0, 0, 1]]],
    ]);
    expect(index.tables[0]!.largest.map(([gtid, , ...counts]) => [gtid, ...counts.slice(0, 3)])).toEqual([
      ['0-1-1', 2, 0, 0],
      ['0-1-2', 0, 1, 0],
      ['0-1-3', 0, 0, 1],
    ]);
  });
});

test('a group that a server was killed in ends with its file', async () => {
  await withStorage(async (storage) => {
    const scan = scanFrom(null);
    const writer = openWriter(storage, 'x');
    scan.write([writer]);
    tell(scan, 'a', fileOf([gtid(1), tableMap(1, 'd', 't'), insert(1, image(1, 'a'))]));
    expect([scan.cursor.atBorder, scan.context().length]).toEqual([false, 3]);
    tell(scan, 'b', fileOf([]));
    expect([scan.cursor.atBorder, scan.context().length]).toEqual([true, 1]);
    const index = await endSegment(storage, writer, scan);
    expect(index.summary.end).toMatchObject({ file: 'b', group: { gtid: '0-1-1', open: false } });
  });
});

test('statements are told apart by what they do', () => {
  const kinds = [
    ['BEGIN', 'control'],
    ['COMMIT', 'end'],
    ['ROLLBACK', 'end'],
    ['ROLLBACK TO `s`', 'control'],
    ["XA START X'67',X'',1", 'control'],
    ["XA END X'67',X'',1", 'control'],
    ["XA COMMIT X'67',X'',1", 'end'],
    ["XA ROLLBACK X'67',X'',1", 'end'],
    ['/* why */ CREATE TABLE t (id INT)', 'definition'],
    ['/*M!100100 CREATE*/ TABLE t (id INT)', 'definition'],
    ['TRUNCATE t', 'definition'],
    ['rename table a TO b', 'definition'],
    ["CREATE OR REPLACE USER u@'%'", 'other'],
    ['GRANT ALL ON *.* TO u', 'other'],
    ['-- note\nupdate t SET v = 1', 'change'],
    ['INSERT INTO t VALUES (1)', 'change'],
    ['', 'other'],
  ] as const;
  for (const [sql, kind] of kinds) expect([sql, statementKind(sql)]).toEqual([sql, kind]);
});
