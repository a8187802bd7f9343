import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { everyEventFile as file } from '../binlog/every-event-fixture.ts';
import { framePackets } from '../protocol/packet-frame.ts';
import { ReceiveBuffer } from '../protocol/receive-buffer.ts';
import { DumpReader } from './dump-reader.ts';
import { LogFiles } from './log-files-fixture.ts';
import { LogReader, type LogStart, startFor } from './log-reader.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });
const fromBeginning: LogStart = { kind: 'position', position: 4, from: 4 };

/** An event as a server with checksums writes it: ends at `next`. */
function event(type: number, body: Buffer, next: number, flags = 0): Buffer {
  const bytes = Buffer.alloc(19 + body.length + 4);
  bytes[4] = type;
  bytes.writeUInt32LE(bytes.length, 9);
  bytes.writeUInt32LE(next % 2 ** 32, 13);
  bytes.writeUInt16LE(flags, 17);
  body.copy(bytes, 19);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

const rotateTo = (name: string, position = 4) => {
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(BigInt(position));
  return event(4, Buffer.concat([place, Buffer.from(name)]), 0, 0x20);
};

const format = file.subarray(4, 4 + file.readUInt32LE(13));

/** As it is sent where a dump begins in the middle of its file. */
const formatOfMiddle = event(15, format.subarray(19, -4), 0);

function eventsOf(bytes: Buffer): Buffer[] {
  const events: Buffer[] = [];
  for (let at = 4; at < bytes.length; at += bytes.readUInt32LE(at + 9)) {
    events.push(bytes.subarray(at, at + bytes.readUInt32LE(at + 9)));
  }
  return events;
}

/** The reply to a dump: each event behind a zero, in packets that count on. */
function reply(events: readonly Buffer[]): Buffer {
  let sequence = 1;
  const packets = events.flatMap((one) => {
    const pieces = framePackets(Buffer.concat([Buffer.from([0]), one]), sequence);
    sequence += pieces.filter((piece) => piece.length === 4).length;
    return pieces;
  });
  return Buffer.concat(packets);
}

function read(events: readonly Buffer[], start = fromBeginning, pieceBytes = 1 << 20): LogFiles {
  const sink = new LogFiles();
  const reader = new DumpReader(new LogReader(sink, start));
  const receive = new ReceiveBuffer();
  const bytes = reply(events);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    receive.append(bytes.subarray(at, at + pieceBytes));
    expect(reader.advance(receive)).toBe('needs bytes');
  }
  return sink;
}

const stream = [rotateTo('binlog.000001'), ...eventsOf(file)];

test('the stream is the file again, wherever it was cut', () => {
  for (let pieceBytes = 1; pieceBytes < 200; pieceBytes++) {
    expect(read(stream, fromBeginning, pieceBytes).content('binlog.000001').equals(file)).toBe(true);
  }
});

test('an event of many packets comes whole and is checked, wherever the stream was cut', () => {
  const body = Buffer.alloc(17 * 1024 ** 2, 'a value');
  const large = event(23, body, 4 + format.length + body.length + 23);
  fc.assert(
    fc.property(fc.integer({ min: 30_000, max: 1 << 22 }), (pieceBytes) => {
      const sink = read([rotateTo('f'), format, large], fromBeginning, pieceBytes);
      expect(
        sink
          .content('f')
          .subarray(4)
          .equals(Buffer.concat([format, large])),
      ).toBe(true);
    }),
    { numRuns: 5 },
  );
  for (const at of [30, 200_000, large.length - 5, large.length - 1]) {
    const damaged = Buffer.from(large);
    damaged[at]! ^= 1;
    expect(() => read([rotateTo('f'), format, damaged])).toThrow(protocol);
  }
});

test('a flipped bit in any byte of any event ends the reading, but for what no file holds', () => {
  for (const [index, original] of eventsOf(file).entries()) {
    for (let at = 0; at < original.length; at++) {
      const inLength = at >= 9 && at < 13;
      const inUseFlag = index === 0 && at === 17;
      if (inLength || inUseFlag) continue;
      const damaged = Buffer.from(original);
      damaged[at]! ^= 0x40;
      const events = eventsOf(file).with(index, damaged);
      const passedOver = damaged[4] === 27 || (damaged.readUInt16LE(17) & 0x20) !== 0;
      if (!passedOver) expect(() => read([stream[0]!, ...events]), `event ${index}, byte ${at}`).toThrow(protocol);
    }
  }
});

test('an event that is left out is noticed', () => {
  expect(() => read(stream.toSpliced(5, 1))).toThrow(protocol);
});

test('what the server makes up for the stream is no part of the log', () => {
  const madeUp = [event(27, Buffer.from('binlog.000001'), 0), event(163, Buffer.alloc(4), 0, 0x20)];
  const sink = read([...stream.slice(0, 6), ...madeUp, ...stream.slice(6)]);
  expect(sink.content('binlog.000001').equals(file)).toBe(true);
  expect(sink.idles).toBe(1);
});

test('places past 4 GiB are known in full, and the next file begins at its beginning', () => {
  const nearly = 2 ** 32 - 100;
  const first = event(16, Buffer.alloc(77), nearly + 100);
  const second = event(16, Buffer.alloc(8), nearly + 131);
  const others = [rotateTo('g'), format, event(16, Buffer.alloc(8), 4 + format.length + 31)];
  const sink = read([rotateTo('f', nearly), formatOfMiddle, first, second, ...others], {
    kind: 'position',
    position: nearly,
    from: nearly,
  });
  expect(sink.jumps).toEqual([{ file: 'f', position: nearly }]);
  expect(sink.content('f').equals(Buffer.concat([first, second]))).toBe(true);
  expect(sink.content('g').length).toBe(4 + format.length + 31);
});

test('a place past 4 GiB is reached from the beginning of the file', () => {
  const far = 2 ** 32 + 50;
  expect([startFor(far), startFor(far - 51)]).toEqual([4, 2 ** 32 - 1]);
  const skipped = event(16, Buffer.alloc(8), 4 + format.length + 31);
  const wanted = event(16, Buffer.alloc(9), 4 + format.length + 63);
  const sink = read([rotateTo('f'), format, skipped, wanted], {
    kind: 'position',
    position: 4 + format.length + 31,
    from: 4,
  });
  expect(sink.content('f').equals(wanted)).toBe(true);
  expect(sink.formats).toEqual([format]);
});
