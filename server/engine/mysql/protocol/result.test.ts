import { expect, test } from 'vitest';
import { columnType } from './column.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { type ReplyReader, readOk, readPrepared, readResult } from './result.ts';
import { binaryRow, columnDefinition, eof, err, littleEndian, ok, reply, textRow } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const id = columnDefinition({ name: 'id', type: columnType.longlong, flags: 0x20 });
const name = columnDefinition({ name: 'name', type: columnType.varString });

/** Feeds a reply through the packet layer in two cuts. */
function readCut<T>(reader: ReplyReader<T>, wire: Buffer, cut: number): T {
  const receive = new ReceiveBuffer();
  reader.next(undefined as never);
  for (const piece of [wire.subarray(0, cut), wire.subarray(cut)]) {
    receive.append(piece);
    for (let message = receive.next(); message; message = receive.next()) {
      const step = reader.next(message);
      if (step.done) {
        expect(receive.length).toBe(0);
        return step.value;
      }
    }
  }
  throw new Error('the reply did not end');
}

test('a text result is read whole however the stream is cut', () => {
  const big = 2n ** 64n - 1n;
  const rows = [textRow([String(big), 'ü']), textRow(['0', null]), textRow(['1', ''])];
  const wire = reply([Buffer.of(2), id, name, eof(), ...rows, eof()]);
  for (let cut = 0; cut <= wire.length; cut++) {
    expect(readCut(readResult('text', false), wire, cut).rows).toEqual([
      { id: big, name: 'ü' },
      { id: 0n, name: null },
      { id: 1n, name: '' },
    ]);
  }
});

test('a binary result is read whole however the stream is cut', () => {
  const wire = reply([Buffer.of(1), id, eof(), binaryRow([littleEndian(5, 8)]), binaryRow([null]), eof()]);
  for (let cut = 0; cut <= wire.length; cut++) {
    expect(readCut(readResult('binary', false), wire, cut).rows).toEqual([{ id: 5n }, { id: null }]);
  }
});

test('of several results the first rows and the last counts are given', () => {
  const more = 0x0008;
  const wire = reply([
    Buffer.of(1),
    id,
    eof(more),
    textRow(['1']),
    eof(more),
    Buffer.of(1),
    id,
    eof(more),
    textRow(['2']),
    eof(more),
    ok({ affected: 2n ** 40n, warnings: 3 }),
  ]);
  expect(readCut(readResult('text', false), wire, 0)).toEqual({
    rows: [{ id: 1n }],
    affectedRows: 2n ** 40n,
    insertId: 0n,
    warnings: 3,
  });
});

test('an error is a refusal with number, state and text, wherever in the reply it comes', () => {
  const error = err(1146, '42S02', "Table 'a.b' doesn't exist");
  const refusal = { errno: 1146, sqlState: '42S02', message: "Table 'a.b' doesn't exist" };
  for (const wire of [reply([error]), reply([Buffer.of(1), id, eof(), textRow(['1']), error])]) {
    expect(() => readCut(readResult('text', false), wire, 0)).toThrow(expect.objectContaining({ error: refusal }));
  }
  const early = reply([err(1129, '', 'Host is blocked')]);
  const blocked = { errno: 1129, sqlState: '', message: 'Host is blocked' };
  expect(() => readCut(readOk(), early, 0)).toThrow(expect.objectContaining({ error: blocked }));
});

test('a server that asks for a file of this machine is refused', () => {
  const wire = reply([Buffer.from('\xfb/etc/passwd', 'latin1')]);
  expect(() => readCut(readResult('text', false), wire, 0)).toThrow(protocol);
});

test('a prepared statement tells its columns and parameters, with MariaDB types by name', () => {
  const uuid = columnDefinition({ name: 'u', type: columnType.string, extended: 'uuid' });
  const plain = columnDefinition({ name: 'p', type: columnType.long, extended: '' });
  const head = Buffer.concat([
    Buffer.of(0),
    littleEndian(77, 4),
    littleEndian(2, 2),
    littleEndian(1, 2),
    Buffer.of(0, 0, 0),
  ]);
  const prepared = readCut(readPrepared(true), reply([head, plain, eof(), uuid, plain, eof()]), 9);
  expect(prepared).toMatchObject({ statementId: 77, paramCount: 1 });
  expect(prepared.columns.map((column) => column.extendedType)).toEqual(['uuid', undefined]);
});

test('text rows cut anywhere, or with bytes left over, are refused', () => {
  const row = textRow(['12', 'x'.repeat(300)]);
  for (let length = 0; length < row.length; length++) {
    const wire = reply([Buffer.of(2), id, name, eof(), row.subarray(0, length), eof()]);
    expect(() => readCut(readResult('text', false), wire, 0), `${length} bytes`).toThrow(protocol);
  }
  const longer = reply([Buffer.of(2), id, name, eof(), Buffer.concat([row, Buffer.of(0)]), eof()]);
  expect(() => readCut(readResult('text', false), longer, 0)).toThrow(protocol);
});
