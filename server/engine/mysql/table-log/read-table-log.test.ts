import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Storage } from '#server/storage/contract.ts';
import { eventType } from '../binlog/event-type.ts';
import {
  fileOf,
  gtid,
  image,
  insert,
  type LooseEvent,
  rotate,
  tableMap,
  tell,
  update,
  xid,
} from '../log-archive/event-encoder-fixture.ts';
import { endSegment, openWriter, scanFrom, withStorage } from '../log-archive/segment-fixture.ts';
import type { LogObject } from './log-object.ts';
import { readTableLog } from './read-table-log.ts';

const wanted = { database: 'd', table: 't' };

/** An archive of files; a segment ends before every `cutEvery`th event, wherever that is. */
async function archive(storage: Storage, files: readonly Buffer[], cutEvery: number): Promise<LogObject[]> {
  const scan = scanFrom(null);
  const writers = [openWriter(storage, '0')];
  const ending: ReturnType<typeof endSegment>[] = [];
  scan.write([writers[0]!]);
  let events = 0;
  const between = () => {
    if (++events % cutEvery !== 0) return;
    ending.push(endSegment(storage, writers.at(-1)!, scan));
    writers.push(openWriter(storage, String(writers.length)));
    scan.write([writers.at(-1)!]);
  };
  for (const [n, file] of files.entries()) tell(scan, `binlog.${n}`, file, { between });
  ending.push(endSegment(storage, writers.at(-1)!, scan));
  return (await Promise.all(ending)).map((index, n) => ({ storage, key: String(n), index }));
}

async function read(log: readonly LogObject[], includes: (position: number, file: string) => boolean = () => true) {
  const found: { file: number; offset: number; change: string; images: string }[] = [];
  const bytes = { headers: 0, rows: 0 };
  const rows = readTableLog({
    ...{ log, tables: [wanted] },
    includes: ({ position, file }) => includes(position, file),
    onBytes: (count, of) => {
      bytes[of] += count;
    },
  });
  for await (const { event, position } of rows) {
    found.push({ ...position, change: event.change, images: event.images.toString('hex') });
  }
  return { found, bytes };
}

/** A transaction of both tables; ids of tables change, as servers do when they open them anew. */
const group = (sequence: number, id: number, values: readonly number[]): LooseEvent[] => [
  gtid(sequence),
  tableMap(id, 'd', 't'),
  tableMap(id + 1, 'd', 'other'),
  ...values.flatMap((value) => [
    insert(id, image(value, `v${value}`)),
    update(id + 1, Buffer.concat([image(value, null), image(value, 'x'.repeat(value % 90))])),
  ]),
  xid(),
];

test('a table’s own rows come in the order of the log, from however many segments, of the wanted groups alone', async () => {
  const values = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 6 });
  const property = fc.asyncProperty(
    fc.array(values, { minLength: 1, maxLength: 6 }),
    fc.array(values, { maxLength: 4 }),
    fc.integer({ min: 1, max: 40 }),
    fc.boolean(),
    async (first, second, cutEvery, checksums) => {
      const eventsOf = (groups: number[][], from: number) =>
        groups.flatMap((each, n) => group(from + n, 10 + ((n * 7) % 30), each));
      const files = [
        fileOf([...eventsOf(first, 1), rotate('binlog.1')], checksums),
        fileOf(eventsOf(second, 100), checksums),
      ];
      await withStorage(async (storage) => {
        const log = await archive(storage, files, cutEvery);
        const hex = (groups: number[][]) => groups.flat().map((value) => image(value, `v${value}`).toString('hex'));
        const { found } = await read(log);
        expect(found.map(({ images }) => images)).toEqual(hex([...first, ...second]));
        expect(found.every(({ change }) => change === 'insert')).toBe(true);
        const asked: string[] = [];
        const some = await read(log, (position, file) => {
          asked.push(`${file}:${position}`);
          return file === 'binlog.0' && groupAt(files[0]!, position) % 2 === 0;
        });
        expect(some.found.map(({ images }) => images)).toEqual(hex(first.filter((_, n) => n % 2 === 1)));
        // Also where a segment begins within it, a group is known by where it began.
        const withRows = [...first, ...second].filter((each) => each.length > 0).length;
        expect(new Set(asked).size).toBe(withRows);
      });
    },
  );
  await fc.assert(property, { numRuns: 25 });
});

/** The sequence of the GTID event there. */
function groupAt(file: Buffer, position: number): number {
  expect(file[position + 4]).toBe(eventType.gtid);
  return Number(file.readBigUInt64LE(position + 19));
}

test('of a segment without the table nothing is read, and of others only its own frames', async () => {
  await withStorage(async (storage) => {
    const noise = Array.from({ length: 40 }, (_, n) =>
      [gtid(n + 1), tableMap(5, 'd', 'other'), insert(5, image(n, `${n}`.repeat(20))), xid()].flat(),
    ).flat();
    const file = fileOf([...noise, ...group(100, 9, [1, 2, 3])], true);
    const log = await archive(storage, [file], noise.length + 1);
    expect(log).toHaveLength(2);
    const { found, bytes } = await read(log);
    expect(found).toHaveLength(3);
    const stored = (frames: readonly (readonly [number, number, number])[]) =>
      frames.reduce((sum, [, length]) => sum + length, 0);
    const { header, tables } = log[1]!.index;
    expect(bytes.headers).toBe(stored(header));
    expect(bytes.rows).toBe(stored(tables.find(({ table }) => table === 't')!.frames));
  });
});

test('rows that nobody can see whose they are end the reading', async () => {
  await withStorage(async (storage) => {
    const file = fileOf([...group(1, 9, [1]), { type: eventType.transactionPayload, body: Buffer.alloc(8) }], true);
    const log = await archive(storage, [file], 1_000);
    await expect(read(log)).rejects.toMatchObject({ code: 'table/unsupported' });
  });
});
