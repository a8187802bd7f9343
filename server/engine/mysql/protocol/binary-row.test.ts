import { expect, test } from 'vitest';
import { BinaryRowDecoder } from './binary-row.ts';
import { BinaryRowWalker } from './binary-row-walker.ts';
import { columnType, decodeColumn } from './column.ts';
import { binaryRow, type ColumnSpec, columnDefinition, lenencString, littleEndian } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const unsigned = 0x20;
const column = (spec: ColumnSpec) => decodeColumn(columnDefinition(spec), false);

function decodeOne(spec: Omit<ColumnSpec, 'name'>, wire: Buffer | null): unknown {
  const decoder = new BinaryRowDecoder([column({ name: 'v', ...spec })]);
  return decoder.decode(binaryRow([wire])).v;
}

const time = (negative: number, days: number, h: number, m: number, s: number, micros?: number) => {
  const head = Buffer.concat([Buffer.of(negative), littleEndian(days, 4), Buffer.of(h, m, s)]);
  const body = micros === undefined ? head : Buffer.concat([head, littleEndian(micros, 4)]);
  return Buffer.concat([Buffer.of(body.length), body]);
};
const date = (y: number, ...rest: number[]) =>
  Buffer.concat([Buffer.of(2 + rest.length), littleEndian(y, 2), Buffer.of(...rest)]);

test.each([
  ['TINYINT', { type: columnType.tiny }, Buffer.of(0xff), -1],
  ['TINYINT UNSIGNED', { type: columnType.tiny, flags: unsigned }, Buffer.of(0xff), 255],
  ['SMALLINT', { type: columnType.short }, Buffer.of(0, 0x80), -32768],
  ['YEAR', { type: columnType.year, flags: unsigned }, littleEndian(2155, 2), 2155],
  ['MEDIUMINT', { type: columnType.int24 }, littleEndian(-8388608, 4), -8388608],
  ['INT UNSIGNED', { type: columnType.long, flags: unsigned }, littleEndian(4294967295, 4), 4294967295],
  ['BIGINT', { type: columnType.longlong }, littleEndian(-(2n ** 63n), 8), -(2n ** 63n)],
  ['BIGINT UNSIGNED', { type: columnType.longlong, flags: unsigned }, littleEndian(2n ** 64n - 1n, 8), 2n ** 64n - 1n],
  ['DECIMAL', { type: columnType.newdecimal }, lenencString('-0.10'), '-0.10'],
  ['BIT', { type: columnType.bit }, lenencString(Buffer.of(1, 2)), Buffer.of(1, 2)],
  ['JSON', { type: columnType.json, collation: 63 }, lenencString('{"a":"ü"}'), '{"a":"ü"}'],
  ['BLOB', { type: columnType.blob, collation: 63 }, lenencString(Buffer.of(0xff)), Buffer.of(0xff)],
  ['TEXT', { type: columnType.blob }, lenencString('ü'), 'ü'],
  ['DATE', { type: columnType.date }, date(2026, 2, 3), '2026-02-03'],
  ['zero DATE', { type: columnType.date }, Buffer.of(0), '0000-00-00'],
  ['DATETIME', { type: columnType.datetime }, date(2026, 2, 3, 4, 5, 6), '2026-02-03 04:05:06'],
  ['DATETIME at midnight', { type: columnType.datetime, decimals: 3 }, date(2026, 2, 3), '2026-02-03 00:00:00.000'],
  ['zero TIMESTAMP', { type: columnType.timestamp }, Buffer.of(0), '0000-00-00 00:00:00'],
  [
    'DATETIME(3)',
    { type: columnType.datetime, decimals: 3 },
    date(1, 1, 1, 0, 0, 1, 0x60, 0xea, 0, 0),
    '0001-01-01 00:00:01.060',
  ],
  ['TIME', { type: columnType.time }, time(1, 34, 22, 59, 59), '-838:59:59'],
  ['TIME(6)', { type: columnType.time, decimals: 6 }, time(0, 0, 0, 0, 0, 5), '00:00:00.000005'],
  ['zero TIME(2)', { type: columnType.time, decimals: 2 }, Buffer.of(0), '00:00:00.00'],
] as const)('%s is read as the server would print it', (_, spec, wire, value) => {
  expect(decodeOne(spec, wire)).toEqual(value);
  expect(decodeOne(spec, null)).toBe(null);
});

test('FLOAT keeps its 32 bits and DOUBLE its 64', () => {
  const float = Buffer.alloc(4);
  float.writeFloatLE(0.1);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(0.1);
  expect(decodeOne({ type: columnType.float }, float)).toBe(Math.fround(0.1));
  expect(decodeOne({ type: columnType.double }, double)).toBe(0.1);
});

const types = [columnType.tiny, columnType.varString, columnType.datetime, columnType.longlong, columnType.blob];
const values = [
  Buffer.of(7),
  lenencString('a'.repeat(251)),
  date(2026, 1, 2, 3, 4, 5),
  null,
  lenencString(Buffer.alloc(70_000, 9)),
];

test('the walker finds every value, its prefix and its end, anywhere in a buffer', () => {
  const payload = binaryRow(values);
  const walker = new BinaryRowWalker(types);
  const buffer = Buffer.concat([Buffer.alloc(13, 0xee), payload, Buffer.alloc(13, 0xee)]);
  walker.walk(buffer, 13, 13 + payload.length);
  values.forEach((value, i) => {
    if (value === null) expect(walker.fieldStart[i]).toBe(-1);
    else expect(buffer.subarray(walker.fieldStart[i], walker.valueEnd[i]).equals(value)).toBe(true);
  });
  expect(buffer.subarray(walker.valueStart[1], walker.valueEnd[1]).toString()).toBe('a'.repeat(251));
  expect(walker.valueEnd[4]! - walker.valueStart[4]!).toBe(70_000);
});

test('a row cut anywhere, or with a byte too many, is refused', () => {
  const payload = binaryRow([values[0]!, values[1]!, values[2]!, null, lenencString(Buffer.alloc(300))]);
  const padded = Buffer.concat([payload, Buffer.alloc(16)]);
  for (let length = 0; length < payload.length; length++) {
    expect(() => new BinaryRowWalker(types).walk(padded, 0, length), `${length} bytes`).toThrow(protocol);
  }
  expect(() => new BinaryRowWalker(types).walk(padded, 0, payload.length + 1)).toThrow(protocol);
  new BinaryRowWalker(types).walk(padded, 0, payload.length);
});

test('lengths that cannot be, and unknown column types, are refused', () => {
  const lying = Buffer.concat([Buffer.of(0, 0, 0xfe), Buffer.alloc(8, 0xff)]);
  expect(() => new BinaryRowWalker([columnType.blob]).walk(lying, 0, lying.length)).toThrow(protocol);
  const odd = binaryRow([Buffer.of(0xfb)]);
  expect(() => new BinaryRowWalker([columnType.blob]).walk(odd, 0, odd.length)).toThrow(protocol);
  expect(() => new BinaryRowWalker([columnType.datetime]).walk(odd, 0, odd.length)).toThrow(protocol);
  expect(() => new BinaryRowWalker([99])).toThrow(protocol);
  expect(() => decodeOne({ type: columnType.date }, Buffer.of(3, 1, 1, 1))).toThrow(protocol);
});
