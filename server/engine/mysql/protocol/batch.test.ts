import { expect, test } from 'vitest';
import { BulkMessage, encodeBulkBatch, encodeLargeRow } from './bulk-batch.ts';
import { columnType } from './column.ts';
import { encodeInsertBatch } from './insert-batch.ts';
import { type LoadColumn, paramTypeOf } from './load-column.ts';
import { StoredRows } from './stored-rows.ts';
import { binaryRow, frame, lenencString, littleEndian } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const column = (type: number, more: Partial<LoadColumn> = {}): LoadColumn => ({
  type,
  unsigned: false,
  text: false,
  ...more,
});

const columns = [
  column(columnType.longlong, { unsigned: true }),
  column(columnType.varString),
  column(columnType.datetime),
  column(columnType.blob),
];
const one = [littleEndian(1, 8), lenencString('a'), null, lenencString(Buffer.alloc(200, 5))];
const two = [littleEndian(2, 8), null, Buffer.of(0), lenencString('')];
const frames = Buffer.concat([one, two].map((values) => frame(binaryRow(values))));

test('a bulk batch holds statement, types, and per value an indicator and its wire bytes', () => {
  const { message, rows, next } = encodeBulkBatch(new StoredRows(columns), 0x01020304, frames);
  const values = [one, two].flat().flatMap((value) => (value === null ? [Buffer.of(1)] : [Buffer.of(0), value]));
  const types = Buffer.of(8, 0x80, 252, 0, 12, 0, 252, 0);
  expect(message).toEqual(Buffer.concat([Buffer.of(0xfa, 4, 3, 2, 1, 128, 0), types, ...values]));
  expect({ rows, next }).toEqual({ rows: 2, next: frames.length });
});

test('columns that are not chosen are left out, in the order asked for', () => {
  const { message } = encodeBulkBatch(new StoredRows(columns, [3, 0]), 1, frames);
  const values = [one[3]!, one[0]!, two[3]!, two[0]!].flatMap((value) => [Buffer.of(0), value]);
  expect(message).toEqual(Buffer.concat([Buffer.of(0xfa, 1, 0, 0, 0, 128, 0, 252, 0, 8, 0x80), ...values]));
});

test('batches stay under the bound, but take a row larger than it alone', () => {
  const rows = new StoredRows(columns);
  const many = Buffer.concat(Array.from({ length: 50 }, () => frames));
  let taken = 0;
  for (let from = 0; from < many.length; ) {
    const batch = encodeBulkBatch(rows, 1, many, from, 1000);
    expect(batch.message.length).toBeLessThanOrEqual(1000);
    taken += batch.rows;
    from = batch.next;
  }
  expect(taken).toBe(100);
  expect(encodeBulkBatch(rows, 1, many, 0, 10)).toMatchObject({ rows: 1 });
});

test('a message that is filled from several runs is the one of all their rows, and stops where room ends', () => {
  const rows = new StoredRows(columns);
  const whole = encodeBulkBatch(rows, 7, Buffer.concat([frames, frames]));
  const batch = new BulkMessage(rows, 7, Buffer.alloc(1000));
  for (let run = 0; run < 2; run++) expect(batch.append(frames, 0)).toBe(frames.length);
  expect(batch.message).toEqual(whole.message);
  expect(batch).toMatchObject({ rows: 4, frameBytes: frames.length * 2 });
  const small = new BulkMessage(rows, 7, Buffer.alloc(whole.message.length / 2));
  expect(small.append(Buffer.concat([frames, frames]), 0)).toBeLessThan(frames.length * 2);
  expect(new BulkMessage(rows, 7, Buffer.alloc(20)).append(frames, 0)).toBe(0);
});

test('a row that fits no buffer is the same message, in parts, its values where they lie', () => {
  const rows = new StoredRows(columns, [3, 1, 0]);
  const { message, next } = encodeLargeRow(rows, 7, frames, 0);
  expect(Buffer.concat(message)).toEqual(encodeBulkBatch(rows, 7, frames.subarray(0, next)).message);
  expect(message.some((part) => part.length > 200 && part.buffer === frames.buffer)).toBe(true);
});

test('an insert batch holds one NULL bitmap, the types of every group and the values', () => {
  const { message, next } = encodeInsertBatch(new StoredRows(columns), 9, frames, 0, 2);
  const types = Buffer.of(8, 0x80, 252, 0, 12, 0, 252, 0);
  const head = Buffer.of(0x17, 9, 0, 0, 0, 0, 1, 0, 0, 0);
  const values = [...one, ...two].filter((value) => value !== null);
  expect(message).toEqual(Buffer.concat([head, Buffer.of(0b0010_0100), Buffer.of(1), types, types, ...values]));
  expect(next).toBe(frames.length);
});

test('an insert batch takes exactly the rows asked for', () => {
  const rows = new StoredRows(columns);
  const first = encodeInsertBatch(rows, 9, frames, 0, 1);
  expect(encodeInsertBatch(rows, 9, frames, first.next, 1).next).toBe(frames.length);
  expect(() => encodeInsertBatch(rows, 9, frames, 0, 3)).toThrow(protocol);
});

test('damaged frames are refused before anything is sent', () => {
  const rows = new StoredRows(columns);
  for (const cut of [1, 3, 5, 20, frames.length - 1]) {
    expect(() => encodeBulkBatch(rows, 1, frames.subarray(0, cut))).toThrow(protocol);
  }
  expect(() => new StoredRows(columns, [4])).toThrow(protocol);
});

test.each([
  ['INT UNSIGNED', column(columnType.long, { unsigned: true }), [3, 0x80]],
  ['MEDIUMINT', column(columnType.int24), [3, 0]],
  ['YEAR', column(columnType.year), [2, 0x80]],
  ['DECIMAL UNSIGNED', column(columnType.newdecimal, { unsigned: true }), [246, 0]],
  ['BIT', column(columnType.bit, { unsigned: true }), [252, 0]],
  ['ENUM', column(columnType.string), [252, 0]],
  ['GEOMETRY', column(columnType.geometry), [252, 0]],
  ['UUID', column(columnType.string, { text: true }), [254, 0]],
  ['DATE', column(columnType.newdate), [10, 0]],
  ['TIMESTAMP', column(columnType.timestamp, { unsigned: true }), [7, 0]],
] as const)('%s is sent as a type whose wire form is the stored one', (_, load, expected) => {
  expect(paramTypeOf(load)).toEqual(expected);
});
