import { expect, test } from 'vitest';
import { columnType } from './column.ts';
import type { LoadColumn } from './load-column.ts';
import { encodeLocalRows } from './local-rows.ts';
import { StoredRows } from './stored-rows.ts';
import { binaryRow, frame, lenencString, littleEndian } from './test-encoder.ts';

const column = (type: number, unsigned = false): LoadColumn => ({ type, unsigned, text: false });

function lines(columns: LoadColumn[], rows: (Buffer | null)[][], roomBytes = 10_000): string[] {
  const source = new StoredRows(columns);
  const frames = Buffer.concat(rows.map((values) => frame(binaryRow(values))));
  const pieces: string[] = [];
  for (let from = 0; from < frames.length; ) {
    const piece = encodeLocalRows(source, frames, from, Buffer.alloc(roomBytes));
    pieces.push(piece.bytes.toString('latin1'));
    from = piece.next;
  }
  return pieces;
}

test('what LOAD DATA would take for its own marks is escaped, every other byte is as it was', () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const text = every.toString('latin1').replaceAll('\\', '\\\\').replaceAll('\t', '\\\t').replaceAll('\n', '\\\n');
  expect(lines([column(columnType.blob)], [[lenencString(every)]])).toEqual([`${text}\n`]);
});

test('NULL, an empty value and the two letters of NULL are three things', () => {
  const rows = [
    [null, lenencString('')],
    [lenencString('\\N'), null],
  ];
  expect(lines([column(columnType.varString), column(columnType.blob)], rows)).toEqual(['\\N\t\n\\\\N\t\\N\n']);
});

test('numbers and moments are text that reads back as the same value', () => {
  const float = Buffer.alloc(4);
  float.writeFloatLE(0.1);
  const double = Buffer.alloc(8);
  double.writeDoubleLE(-0);
  const columns = [
    column(columnType.longlong, true),
    column(columnType.tiny),
    column(columnType.float),
    column(columnType.double),
    column(columnType.year, true),
    column(columnType.date),
    column(columnType.time),
  ];
  const time = Buffer.concat([Buffer.of(12, 1), littleEndian(34, 4), Buffer.of(22, 59, 59), littleEndian(999_999, 4)]);
  const row = [Buffer.alloc(8, 0xff), Buffer.of(0x80), float, double, littleEndian(0, 2), Buffer.of(0), time];
  expect(lines(columns, [row])).toEqual([
    '18446744073709551615\t-128\t0.10000000149011612\t-0\t0000\t0000-00-00\t-838:59:59.999999\n',
  ]);
});

test('rows go as far as there is room for certain, and one that is larger goes alone', () => {
  const rows = Array.from({ length: 10 }, () => [lenencString('\t'.repeat(100))]);
  const pieces = lines([column(columnType.blob)], rows, 600);
  expect(pieces.join('')).toBe(`${'\\\t'.repeat(100)}\n`.repeat(10));
  expect(pieces.length).toBeGreaterThan(4);
  expect(lines([column(columnType.blob)], rows, 10)).toHaveLength(10);
});
