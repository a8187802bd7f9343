import { maxPacketPayload, packetHeaderBytes } from './packet-frame.ts';
import { protocolError } from './protocol-error.ts';

const baseCapacityBytes = 64 * 1024;
/** Below this a read would bring so little that the calls cost more than the bytes. */
const minRoomBytes = 32 * 1024;
/** A buffer grown past this for one large message is dropped once it is empty, so memory falls back. */
const keepCapacityBytes = 1024 * 1024;

/**
 * Bytes of one connection as they came, and the place reached in them: unread bytes are `bytes[start, end)`.
 * Promises: `next()` yields whole messages only, however the stream was cut; continued packets are joined; sequence
 * numbers inside one reply must follow each other. A yielded view is valid until the next `room()`.
 */
export class ReceiveBuffer {
  bytes: Buffer;
  start = 0;
  end = 0;
  /** Raised while somebody streams through this buffer with larger ones of their own. */
  keepCapacityBytes = keepCapacityBytes;
  /** Where a buffer comes from that is to hold more than `now`; replaced while somebody streams, who may let it grow. */
  larger: (bytes: number, now: Buffer) => Buffer = Buffer.allocUnsafeSlow;
  /** The sequence the next packet of this reply must carry; undefined at the start of a reply. */
  expected: number | undefined = undefined;
  /** The sequence of the last packet taken: a client answers with the one after it. */
  sequence = 0;
  /** Kept while larger ones are in use: of thousands of short replies each would leave one behind. */
  private everyday: Buffer = Buffer.allocUnsafeSlow(baseCapacityBytes);

  constructor() {
    this.bytes = this.everyday;
  }

  get length(): number {
    return this.end - this.start;
  }

  beginReply(): void {
    this.expected = undefined;
  }

  /** Where the next read may land. Unread bytes may be moved to make room. */
  room(): Buffer {
    if (this.start === this.end) {
      this.start = this.end = 0;
      if (this.bytes.length > this.keepCapacityBytes) this.bytes = this.everyday;
    }
    if (this.bytes.length - this.end < minRoomBytes && this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    if (this.bytes.length - this.end < minRoomBytes) this.replace(this.larger(this.bytes.length * 2, this.bytes));
    return this.bytes.subarray(this.end);
  }

  /**
   * `count` bytes have landed in `landed`, which is what an earlier `room()` returned. When the buffer has been moved
   * or replaced since, they are brought to where they belong.
   */
  filled(count: number, landed: Uint8Array): void {
    const inPlace = landed.buffer === this.bytes.buffer && landed.byteOffset === this.bytes.byteOffset + this.end;
    if (inPlace) this.end += count;
    else this.append(landed.subarray(0, count));
  }

  append(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const count = Math.min(this.room().length, chunk.length - at);
      this.bytes.set(chunk.subarray(at, at + count), this.end);
      this.end += count;
      at += count;
    }
  }

  /** Goes back to the everyday buffer (a larger one when unread bytes need it) and gives away the one in use. */
  release(): Buffer {
    const { bytes } = this;
    this.keepCapacityBytes = keepCapacityBytes;
    this.larger = Buffer.allocUnsafeSlow;
    if (bytes === this.everyday) this.everyday = Buffer.allocUnsafeSlow(baseCapacityBytes);
    this.replace(this.length <= baseCapacityBytes ? this.everyday : Buffer.allocUnsafeSlow(this.length));
    return bytes;
  }

  /** Moves the unread bytes into `bytes`, which must hold them, and goes on there. It may be the same memory, grown. */
  replace(bytes: Buffer): void {
    const isThere = bytes.buffer === this.bytes.buffer && bytes.byteOffset === this.bytes.byteOffset + this.start;
    if (!isThere) this.bytes.copy(bytes, 0, this.start, this.end);
    this.end -= this.start;
    this.start = 0;
    this.bytes = bytes;
  }

  /** The next whole message, or undefined when more bytes are needed. Errors: `node/protocol` out of sequence. */
  next(): Buffer | undefined {
    const { bytes, start, end } = this;
    if (end - start < packetHeaderBytes) return undefined;
    const length = bytes.readUIntLE(start, 3);
    if (length === maxPacketPayload) return this.joined();
    if (end - start - packetHeaderBytes < length) return undefined;
    this.advanceSequence(start);
    this.start = start + packetHeaderBytes + length;
    return bytes.subarray(start + packetHeaderBytes, this.start);
  }

  private joined(): Buffer | undefined {
    const parts: Buffer[] = [];
    let at = this.start;
    for (let length = maxPacketPayload; length === maxPacketPayload; at += packetHeaderBytes + length) {
      if (this.end - at < packetHeaderBytes) return undefined;
      length = this.bytes.readUIntLE(at, 3);
      if (this.end - at - packetHeaderBytes < length) return undefined;
      parts.push(this.bytes.subarray(at + packetHeaderBytes, at + packetHeaderBytes + length));
    }
    for (let part = this.start; part < at; part += packetHeaderBytes + maxPacketPayload) this.advanceSequence(part);
    this.start = at;
    return Buffer.concat(parts);
  }

  /** An error message may come out of turn (a server that is shutting down); everything else must follow. */
  private advanceSequence(header: number): void {
    const sequence = this.bytes[header + 3]!;
    const isError = this.bytes[header + packetHeaderBytes] === 0xff;
    if (this.expected !== undefined && sequence !== this.expected && !isError) {
      throw protocolError('packets arrived out of sequence', { expected: this.expected, got: sequence });
    }
    this.sequence = sequence;
    this.expected = (sequence + 1) & 0xff;
  }
}
