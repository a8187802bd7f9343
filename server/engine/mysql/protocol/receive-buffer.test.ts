import { expect, test } from 'vitest';
import { framePackets, maxPacketPayload } from './packet-frame.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { packets } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });

/** Lets bytes land as a socket would: in the room that was given. */
function land(receive: ReceiveBuffer, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) {
    const room = receive.room();
    const count = Math.min(room.length, bytes.length - at);
    room.set(bytes.subarray(at, at + count));
    receive.filled(count, room);
    at += count;
  }
}

function drain(receive: ReceiveBuffer): string[] {
  const out: string[] = [];
  for (let message = receive.next(); message; message = receive.next()) out.push(message.toString());
  return out;
}

test('messages are whole however the stream is cut', () => {
  const messages = ['one', '', 'three33', 'x'];
  const stream = Buffer.concat(messages.map((text, i) => packets(Buffer.from(text), i + 1)));
  for (let cut = 0; cut <= stream.length; cut++) {
    const receive = new ReceiveBuffer();
    land(receive, stream.subarray(0, cut));
    const first = drain(receive);
    land(receive, stream.subarray(cut));
    expect([...first, ...drain(receive)]).toEqual(messages);
    expect(receive.length).toBe(0);
  }
});

test('messages are whole when every byte comes alone', () => {
  const receive = new ReceiveBuffer();
  const out: string[] = [];
  for (const byte of Buffer.concat([packets(Buffer.from('ab'), 1), packets(Buffer.from('c'), 2)])) {
    land(receive, Buffer.of(byte));
    out.push(...drain(receive));
  }
  expect(out).toEqual(['ab', 'c']);
});

test('a message in parts is framed as if it were whole, wherever its parts end', () => {
  const message = Buffer.alloc(2 * maxPacketPayload, 'abcdefg');
  const whole = Buffer.concat(framePackets(message, 3));
  for (const at of [0, 1, maxPacketPayload - 1, maxPacketPayload, maxPacketPayload + 1, message.length]) {
    const parts = [message.subarray(0, at), message.subarray(at)];
    expect(Buffer.concat(framePackets(parts, 3)).equals(whole)).toBe(true);
  }
});

test.each([maxPacketPayload - 1, maxPacketPayload, maxPacketPayload + 1, 2 * maxPacketPayload])(
  'a message of %i bytes is framed and joined unchanged',
  (length) => {
    const message = Buffer.alloc(length, 'tidemark');
    const wire = Buffer.concat(framePackets(message, 254));
    expect(wire.equals(packets(message, 254))).toBe(true);
    const receive = new ReceiveBuffer();
    land(receive, wire.subarray(0, -1));
    expect(receive.next()).toBe(undefined);
    land(receive, wire.subarray(-1));
    expect(receive.next()!.equals(message)).toBe(true);
    expect(receive.length).toBe(0);
  },
);

test('memory falls back after a large message', () => {
  const receive = new ReceiveBuffer();
  land(receive, packets(Buffer.alloc(5_000_000), 0));
  expect(receive.bytes.length).toBeGreaterThan(5_000_000);
  receive.next();
  receive.room();
  expect(receive.bytes.length).toBeLessThanOrEqual(64 * 1024);
});

test('packets of one reply must follow each other, a new reply begins anew', () => {
  const receive = new ReceiveBuffer();
  land(receive, Buffer.concat([packets(Buffer.from('a'), 255), packets(Buffer.from('b'), 0)]));
  expect(drain(receive)).toEqual(['a', 'b']);
  receive.beginReply();
  land(receive, packets(Buffer.from('c'), 1));
  expect(drain(receive)).toEqual(['c']);
  land(receive, packets(Buffer.from('d'), 5));
  expect(() => receive.next()).toThrow(protocol);
});

test('a read that lands in a buffer replaced meanwhile is not lost', () => {
  const receive = new ReceiveBuffer();
  const wire = packets(Buffer.from('late'), 1);
  land(receive, wire.subarray(0, 3));
  const room = receive.room();
  receive.replace(Buffer.alloc(128 * 1024));
  room.set(wire.subarray(3));
  receive.filled(wire.length - 3, room);
  expect(drain(receive)).toEqual(['late']);
});

test('after a stream through another buffer the everyday one is used again, with what was not read yet', () => {
  const receive = new ReceiveBuffer();
  const everyday = receive.bytes;
  for (const text of ['one', 'two', 'three']) {
    const wire = packets(Buffer.from(text), 1);
    const streamed = Buffer.alloc(128 * 1024);
    receive.replace(streamed);
    land(receive, wire.subarray(0, 6));
    expect(receive.release()).toBe(streamed);
    expect(receive.bytes).toBe(everyday);
    land(receive, wire.subarray(6));
    expect(drain(receive)).toEqual([text]);
    receive.beginReply();
  }
});

test('what the everyday buffer does not hold is kept in a larger one, and a buffer that is given away is not used again', () => {
  const receive = new ReceiveBuffer();
  const everyday = receive.bytes;
  const message = Buffer.alloc(200 * 1024, 'tidemark');
  receive.replace(Buffer.alloc(512 * 1024));
  land(receive, packets(message, 1));
  receive.release();
  expect(drain(receive)).toEqual([message.toString()]);
  receive.release();
  expect(receive.bytes).toBe(everyday);
  expect(receive.release()).toBe(everyday);
  expect(receive.bytes).not.toBe(everyday);
  receive.replace(Buffer.alloc(128 * 1024));
  receive.release();
  expect(receive.bytes).not.toBe(everyday);
});
