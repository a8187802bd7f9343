import { eventHeaderBytes } from '../binlog/event-header.ts';
import { maxPacketPayload, packetHeaderBytes } from '../protocol/packet-frame.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import type { ReceiveBuffer } from '../protocol/receive-buffer.ts';
import { decodeEof, errHeader, isEof, okHeader } from '../protocol/reply.ts';
import { refuse } from '../protocol/result.ts';

/** Larger events are handed over in pieces, so that one of 1 GiB takes no more memory than this. */
const wholeBytes = 1024 * 1024;
/** The first piece of a larger event holds this much: every head of an event fits. */
export const firstPieceBytes = 128 * 1024;
/** Room for reading on while a whole event waits for its end. */
export const dumpBufferBytes = 4 * wholeBytes;

/** Who takes the events of a dump, in order. Views are valid during the call. */
export interface PieceSink {
  /** A whole event, or the first bytes of one of `length` bytes. */
  begin(bytes: Buffer, length: number): void;
  /** The next bytes of the event that was begun. */
  more(bytes: Buffer): void;
  /** Read before each call: while it is true, nothing more is handed over. */
  readonly full: boolean;
}

type Reached = 'needs bytes' | 'held' | 'ended';

/**
 * The reply to a binlog dump: each message is a byte 0 and an event. Promises: every byte of every event reaches the
 * sink once and in order, however the stream was cut into reads and packets. Throws Refusal when the server ends it
 * with an error, `node/protocol` on anything else.
 */
export class DumpReader {
  readonly #sink: PieceSink;
  /** Bytes of the event that are still to come; 0: a message begins next. */
  #eventLeft = 0;
  /** Bytes left in the packet that is being read, and whether another one continues the message. */
  #packetLeft = 0;
  #continues = false;

  constructor(sink: PieceSink) {
    this.#sink = sink;
  }

  advance(receive: ReceiveBuffer): Reached {
    for (;;) {
      if (this.#sink.full) return 'held';
      const within = this.#eventLeft > 0 || this.#packetLeft > 0 || this.#continues;
      const step = within ? this.#goOn(receive) : this.#message(receive);
      if (step !== 'more') return step;
    }
  }

  #message(receive: ReceiveBuffer): Reached | 'more' {
    const { bytes, start } = receive;
    const there = receive.length - packetHeaderBytes;
    if (there < 1) return 'needs bytes';
    const length = bytes.readUIntLE(start, 3);
    const kind = bytes[start + packetHeaderBytes]!;
    if (kind !== okHeader || length <= eventHeaderBytes) return this.#notAnEvent(receive, kind);
    const small = length <= wholeBytes;
    if (there < (small ? length : firstPieceBytes)) return 'needs bytes';
    takeSequence(receive);
    const eventAt = start + packetHeaderBytes + 1;
    const eventBytes = bytes.readUInt32LE(eventAt + 9);
    const taken = (small ? length : firstPieceBytes) - 1;
    if (small ? eventBytes !== taken : eventBytes < taken) throw misfit(eventBytes, length - 1);
    receive.start = eventAt + taken;
    this.#eventLeft = eventBytes - taken;
    this.#packetLeft = length - 1 - taken;
    this.#continues = length === maxPacketPayload;
    this.#sink.begin(bytes.subarray(eventAt, eventAt + taken), eventBytes);
    return 'more';
  }

  #goOn(receive: ReceiveBuffer): Reached | 'more' {
    if (this.#packetLeft === 0) return this.#nextPacket(receive);
    const count = Math.min(this.#packetLeft, receive.length);
    if (count === 0) return 'needs bytes';
    if (count > this.#eventLeft) throw misfit(this.#eventLeft, count);
    const at = receive.start;
    receive.start += count;
    this.#packetLeft -= count;
    this.#eventLeft -= count;
    this.#sink.more(receive.bytes.subarray(at, at + count));
    return 'more';
  }

  #nextPacket(receive: ReceiveBuffer): Reached | 'more' {
    if (!this.#continues) throw misfit(this.#eventLeft, 0);
    if (receive.length < packetHeaderBytes) return 'needs bytes';
    const length = receive.bytes.readUIntLE(receive.start, 3);
    takeSequence(receive);
    receive.start += packetHeaderBytes;
    this.#packetLeft = length;
    this.#continues = length === maxPacketPayload;
    return 'more';
  }

  #notAnEvent(receive: ReceiveBuffer, kind: number): Reached {
    const message = receive.next();
    if (!message) return 'needs bytes';
    if (isEof(message)) {
      decodeEof(message);
      return 'ended';
    }
    if (kind === errHeader) refuse(message);
    throw protocolError(`a binlog dump sent a message 0x${kind.toString(16)} of ${message.length} bytes`);
  }
}

function takeSequence(receive: ReceiveBuffer): void {
  const sequence = receive.bytes[receive.start + 3]!;
  if (receive.expected !== undefined && sequence !== receive.expected) {
    throw protocolError('packets arrived out of sequence', { expected: receive.expected, got: sequence });
  }
  receive.expected = (sequence + 1) & 0xff;
}

function misfit(said: number, came: number): Error {
  return protocolError(`a binlog event of ${said} bytes came in a message of ${came}`);
}
