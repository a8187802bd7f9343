import { expect, test } from 'vitest';
import { maxPacketPayload } from './packet-frame.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { RowScanner } from './row-scanner.ts';
import { binaryRow, eof, err, frame, lenencString, packets } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const rows = ['', 'a', 'bcd', 'x'.repeat(300)].map((text) => binaryRow([lenencString(text), null]));
const frames = Buffer.concat(rows.map(frame));

function streamOf(messages: Buffer[]): Buffer {
  let sequence = 250; // wraps on the way
  return Buffer.concat(
    messages.map((message) => {
      const wire = packets(message, sequence);
      sequence += Math.floor(message.length / maxPacketPayload) + 1;
      return wire;
    }),
  );
}

function scanned(receive: ReceiveBuffer, scanner: RowScanner): Buffer {
  return Buffer.from(receive.bytes.subarray(receive.start, receive.start + scanner.scannedBytes));
}

test('rows become frames verbatim however the stream is cut, and the end is found once', () => {
  const stream = streamOf([...rows, eof()]);
  for (let cut = 0; cut <= stream.length; cut++) {
    const receive = new ReceiveBuffer();
    const scanner = new RowScanner(receive);
    receive.append(stream.subarray(0, cut));
    expect(scanner.scan()).toBe(cut === stream.length);
    receive.append(stream.subarray(cut));
    expect(scanner.scan()).toBe(true);
    expect(scanned(receive, scanner).equals(frames)).toBe(true);
    expect(scanner.rows).toBe(rows.length);
    scanner.taken();
    expect(receive.next()).toEqual(eof());
  }
});

test('offsets say where each frame begins', () => {
  const receive = new ReceiveBuffer();
  const scanner = new RowScanner(receive);
  receive.append(streamOf([...rows, eof()]));
  scanner.scan();
  const starts = rows.map((_, i) => rows.slice(0, i).reduce((sum, row) => sum + row.length + 4, 0));
  expect([...scanner.offsets.subarray(0, scanner.rows)]).toEqual(starts);
});

test('frames taken in the middle are not seen again', () => {
  const receive = new ReceiveBuffer();
  const scanner = new RowScanner(receive);
  const stream = streamOf([...rows, eof()]);
  const out: Buffer[] = [];
  for (const byte of stream) {
    receive.append(Buffer.of(byte));
    scanner.scan();
    out.push(scanned(receive, scanner));
    scanner.taken();
  }
  expect(Buffer.concat(out).equals(frames)).toBe(true);
});

test.each([maxPacketPayload - 1, maxPacketPayload, maxPacketPayload + 5, 2 * maxPacketPayload])(
  'a row of %i bytes is joined between its neighbours',
  (bytes) => {
    const head = binaryRow([]);
    const big = Buffer.concat([head, Buffer.alloc(bytes - head.length, 'q')]);
    const all = [rows[1]!, big, rows[2]!];
    const stream = streamOf([...all, eof()]);
    for (const cut of [10, 40, maxPacketPayload + 20, maxPacketPayload + 30, stream.length - 15]) {
      const receive = new ReceiveBuffer();
      const scanner = new RowScanner(receive);
      receive.append(stream.subarray(0, cut));
      scanner.scan();
      receive.append(stream.subarray(cut));
      expect(scanner.scan()).toBe(true);
      expect(scanned(receive, scanner).equals(Buffer.concat(all.map(frame)))).toBe(true);
      scanner.taken();
      expect(receive.next()).toEqual(eof());
    }
  },
);

test('an error message ends the rows', () => {
  const receive = new ReceiveBuffer();
  const scanner = new RowScanner(receive);
  receive.append(streamOf([rows[1]!, err(1317, '70100', 'Query execution was interrupted')]));
  expect(scanner.scan()).toBe(true);
  expect(scanner.rows).toBe(1);
});

test('what is neither row nor end is refused', () => {
  for (const message of [Buffer.of(0x05, 1), Buffer.alloc(0), Buffer.concat([Buffer.of(0xfe), Buffer.alloc(20)])]) {
    const receive = new ReceiveBuffer();
    receive.append(streamOf([rows[1]!, message, eof()]));
    expect(() => new RowScanner(receive).scan()).toThrow(protocol);
  }
});

test('a row out of sequence is refused', () => {
  const receive = new ReceiveBuffer();
  receive.append(Buffer.concat([packets(rows[0]!, 3), packets(rows[1]!, 5)]));
  expect(() => new RowScanner(receive).scan()).toThrow(protocol);
});
