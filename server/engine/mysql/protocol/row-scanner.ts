import { maxPacketPayload, packetHeaderBytes } from './packet-frame.ts';
import { protocolError } from './protocol-error.ts';
import type { ReceiveBuffer } from './receive-buffer.ts';
import { eofHeader, errHeader } from './reply.ts';

/** A row frame: payload length as u32, little-endian, then the payload verbatim (row header 0x00 included). */
export const rowFrameHeaderBytes = 4;

/**
 * Turns the packets of binary rows into row frames where they lie in the receive buffer: a packet header is as long
 * as a frame header, so the bytes are never copied. Rows past 16 MiB are joined in place. After `scan`, the frames
 * scanned so far are `scannedBytes` bytes from `receive.start`, and `offsets[0..rows)` say where each begins.
 */
export class RowScanner {
  rows = 0;
  scannedBytes = 0;
  /** Starts of frames, relative to the first one. */
  offsets = new Uint32Array(1024);
  private readonly receive: ReceiveBuffer;

  constructor(receive: ReceiveBuffer) {
    this.receive = receive;
  }

  /** Frames every whole row that has arrived. True: the message that ends the rows is next. Errors: `node/protocol`. */
  scan(): boolean {
    const { receive } = this;
    let bytes = receive.bytes;
    let at = receive.start + this.scannedBytes;
    let ended = false;
    while (receive.end - at >= packetHeaderBytes) {
      let length = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
      if (length === maxPacketPayload) {
        const joined = this.join(at);
        if (joined === undefined) break;
        length = joined;
      } else {
        if (receive.end - at - packetHeaderBytes < length) break;
        const first = bytes[at + packetHeaderBytes];
        if (length === 0 || first !== 0) {
          if (length > 0 && ((first === eofHeader && length < 9) || first === errHeader)) {
            ended = true;
            break;
          }
          throw protocolError('a message among the rows is no row', { header: first, length });
        }
        this.follow(bytes[at + 3]!);
        bytes[at + 3] = 0;
      }
      if (this.rows === this.offsets.length) this.growOffsets();
      this.offsets[this.rows++] = at - receive.start;
      at += rowFrameHeaderBytes + length;
      bytes = receive.bytes;
    }
    this.scannedBytes = at - receive.start;
    return ended;
  }

  /** The frames have been taken: scanning goes on after them, with offsets counted anew. */
  taken(): void {
    this.receive.start += this.scannedBytes;
    this.rows = 0;
    this.scannedBytes = 0;
    this.offsets = new Uint32Array(this.offsets.length);
  }

  /** Joins the continued packets at `at` into one frame; undefined when its last packet has not arrived. */
  private join(at: number): number | undefined {
    const { receive } = this;
    const parts: { start: number; length: number }[] = [];
    let next = at;
    for (let length = maxPacketPayload; length === maxPacketPayload; next += packetHeaderBytes + length) {
      if (receive.end - next < packetHeaderBytes) return undefined;
      length = receive.bytes.readUIntLE(next, 3);
      if (receive.end - next - packetHeaderBytes < length) return undefined;
      parts.push({ start: next, length });
    }
    let to = at + rowFrameHeaderBytes;
    for (const { start, length } of parts) {
      this.follow(receive.bytes[start + 3]!);
      receive.bytes.copyWithin(to, start + packetHeaderBytes, start + packetHeaderBytes + length);
      to += length;
    }
    receive.bytes.copyWithin(to, next, receive.end);
    receive.end -= next - to;
    const total = to - at - rowFrameHeaderBytes;
    if (receive.bytes[at + rowFrameHeaderBytes] !== 0) throw protocolError('a message among the rows is no row');
    receive.bytes.writeUInt32LE(total, at);
    return total;
  }

  private follow(sequence: number): void {
    const { expected } = this.receive;
    if (expected !== undefined && sequence !== expected) {
      throw protocolError('packets arrived out of sequence', { expected, got: sequence });
    }
    this.receive.expected = (sequence + 1) & 0xff;
  }

  private growOffsets(): void {
    const grown = new Uint32Array(this.offsets.length * 2);
    grown.set(this.offsets);
    this.offsets = grown;
  }
}
