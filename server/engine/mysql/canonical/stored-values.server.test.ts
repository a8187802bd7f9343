import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Chunk, FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from '../connection.ts';
import { readFragmentDefinition } from '../definition.ts';
import { rowsSql } from '../definition-columns.ts';
import { RowDigest } from '../digest.ts';
import { digestTable } from '../digest-table.ts';
import { type DumpFixture, startDumpFixture } from '../dump-fixture.ts';
import { loadFragment } from '../load.ts';
import type { LoadPath } from '../load-path.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import { binaryRow, frame, lenencString, littleEndian } from '../protocol/test-encoder.ts';
import { pinReadSession } from '../session.ts';
import type { ValueForms } from './form-bytes-fixture.ts';
import { valueForms } from './value-forms-fixture.ts';

/** A type and values of it, as they come in results. */
interface Column {
  readonly type: string;
  readonly values: fc.Arbitrary<Buffer>;
}

const ofForms = ({ declared, values, result }: ValueForms<unknown>): Column => ({
  type: declared,
  values: values.map(result),
});

const text = (
  type: string,
  encode: (value: string) => Buffer,
  unit: 'binary' | 'grapheme-ascii' = 'binary',
): Column => ({
  type,
  values: fc.string({ unit, maxLength: 20 }).map((value) => lenencString(encode(value))),
});
const bytes = (type: string, maxLength: number): Column => ({
  type,
  values: fc.uint8Array({ maxLength }).map((value) => lenencString(Buffer.from(value))),
});
const utf8 = (value: string) => Buffer.from(value, 'utf8');
const inPlane = (value: string) => value.replace(/[\u{10000}-\u{10ffff}]/gu, '中');

/** A server keeps no negative zero. */
const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value));
const point = fc.tuple(double, double).map(([x, y]) => {
  const wkb = Buffer.alloc(16);
  wkb.writeDoubleLE(x);
  wkb.writeDoubleLE(y, 8);
  return wkb;
});
const geometry = (srid: number, kind: number, body: Buffer) => {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(srid);
  head[4] = 1;
  head.writeUInt32LE(kind, 5);
  return lenencString(Buffer.concat([head, body]));
};

/** No UUID column ever shows a version from 8 on with a lower variant: the server takes such bytes for others. */
const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((list) => {
  const value = Buffer.from(list);
  if (value[6]! & 0x80) value[8]! |= 0x81;
  const hex = value.toString('hex');
  return lenencString(hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5'));
});

/** Random bytes are no text, no shape and no UUID: these have values of their own below. DOUBLE UNSIGNED holds no sign. */
const otherwise = /^((tiny|long)?text|(var)?char|geometry|uuid|double unsigned)|mariadb-5\.3/;

const columns: readonly Column[] = [
  ...valueForms.filter(({ declared }) => !otherwise.test(declared)).map(ofForms),
  { type: 'double', values: double.map((value) => Buffer.from(new Float64Array([value]).buffer)) },
  text('varchar(50)', utf8),
  text('char(50)', (value) => utf8(value.replace(/ +$/, ''))),
  text('longtext', utf8),
  text('varchar(50) CHARACTER SET utf8mb3', (value) => utf8(inPlane(value))),
  text('varchar(50) CHARACTER SET utf16', (value) => Buffer.from(value, 'utf16le').swap16()),
  text('text CHARACTER SET ucs2', (value) => Buffer.from(inPlane(value), 'utf16le').swap16()),
  text('varchar(50) CHARACTER SET gbk', utf8, 'grapheme-ascii'),
  bytes('varchar(50) CHARACTER SET latin1', 50),
  bytes('varchar(50) CHARACTER SET binary', 50),
  bytes('tinyblob', 255),
  bytes('longblob', 2_000),
  { type: 'json', values: fc.json().map((value) => lenencString(utf8(value))) },
  // Read by number: see columnFormat.
  { type: "enum('1','','x','0')", values: fc.integer({ min: 0, max: 4 }).map((value) => littleEndian(value, 4)) },
  { type: 'uuid', values: uuid },
  { type: 'point', values: point.map((body) => geometry(0, 1, body)) },
  {
    type: 'geometry',
    values: fc.tuple(fc.nat(), fc.array(point, { minLength: 2, maxLength: 9 })).map(([srid, points]) => {
      return geometry(srid, 2, Buffer.concat([littleEndian(points.length, 4), ...points]));
    }),
  },
];

const paths: readonly LoadPath[] = ['bulk', 'local-data', 'insert'];
const rowCount = 150;
const seed = Math.floor(Math.random() * 2 ** 31);
/** By column, then row, in hex. */
type Values = string[][];
interface Seen {
  values: Values;
  digest: string;
}

let lab: DumpFixture;
let written: Seen;
const read = new Map<LoadPath, Seen>();

beforeAll(async () => {
  lab = await startDumpFixture();
  const declared = columns.map(({ type }, n) => `c${n} ${spelled(type)} NULL`);
  await lab.server.sql('SET NAMES utf8mb4; CREATE DATABASE d CHARACTER SET utf8mb4');
  const samples = columns.map(({ values }) => fc.sample(fc.option(values, { freq: 12 }), { numRuns: rowCount, seed }));
  const rows = Array.from({ length: rowCount }, (_, n) => [littleEndian(n, 4), ...samples.map((own) => own[n]!)]);
  const frames = Buffer.concat(rows.map((values) => frame(binaryRow(values))));
  const digest = new RowDigest();
  digest.add(frames);
  written = { values: samples.map((own) => own.map((value) => value?.toString('hex') ?? 'NULL')), digest: digest.hex };
  const readChunk = async function* () {
    yield frames;
  };
  const connection = await lab.connect({ localData: true });
  for (const path of paths) {
    await lab.server.sql(`SET NAMES utf8mb4; CREATE OR REPLACE TABLE d.t (id int PRIMARY KEY, ${declared.join(', ')})`);
    const { columns: known } = await readFragmentDefinition(connection, 'd', 't');
    const target = { connections: [connection], database: 'd', table: 't', columns: known };
    await loadFragment({ ...target, chunks: [{} as Chunk], readChunk, path });
    const values = await readAll(connection, known);
    read.set(path, { values, digest: (await digestTable(connection, 'd', 't', known)).digest });
  }
  await connection.close();
});
afterAll(() => lab?.stop());

/** Where the fixture leaves to the table what a column's character set is; as SQL, not as the catalogs spell it. */
function spelled(type: string): string {
  if (type.startsWith('set(')) return `${type} CHARACTER SET latin1 COLLATE latin1_bin`;
  if (type.startsWith('enum(')) return `${type} COLLATE utf8mb4_bin`;
  return type.replace(/ \/\*.*COMPRESSED\*\//, ' COMPRESSED');
}

async function readAll(connection: MysqlConnection, known: readonly FragmentColumn[]): Promise<Values> {
  await pinReadSession(connection);
  const found: Values = columns.map(() => []);
  const walker = new BinaryRowWalker(known.map(({ type }) => type));
  await connection.streamBinary(`${rowsSql({ database: 'd', table: 't' }, known)} ORDER BY id`, ({ buffer }) => {
    for (let at = 0; at < buffer.length; ) {
      const end = at + rowFrameHeaderBytes + buffer.readUInt32LE(at);
      walker.walk(buffer, at + rowFrameHeaderBytes, end);
      for (const [n, own] of found.entries()) {
        const start = walker.fieldStart[n + 1]!;
        own.push(start < 0 ? 'NULL' : buffer.toString('hex', start, walker.valueEnd[n + 1]!));
      }
      at = end;
    }
  });
  return found;
}

describe.each(paths)('loaded by %s', (path) => {
  test.each(columns.map(({ type }, n) => [type, n] as const))(
    '%s: generated values that are loaded from a backup are read as the same bytes',
    (_, n) => expect(read.get(path)!.values[n], `seed ${seed}`).toEqual(written.values[n]),
  );

  test('their digest in a backup is the digest of the table they were loaded into', () => {
    expect(read.get(path)!.digest, `seed ${seed}`).toBe(written.digest);
  });
});
