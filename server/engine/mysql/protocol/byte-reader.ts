import { protocolError } from './protocol-error.ts';

/**
 * Reads the fields of one message in wire order. Promises: never reads past the end (`node/protocol` naming the
 * message), and `end()` refuses leftovers, so a message we misread is an error and not a wrong value.
 */
export class ByteReader {
  readonly bytes: Buffer;
  readonly name: string;
  at: number;
  readonly stop: number;

  constructor(bytes: Buffer, name: string, start = 0, stop = bytes.length) {
    this.bytes = bytes;
    this.name = name;
    this.at = start;
    this.stop = stop;
  }

  get left(): number {
    return this.stop - this.at;
  }

  peek(): number {
    return this.bytes[this.need(1)]!;
  }

  u8(): number {
    return this.bytes[this.take(1)]!;
  }

  u16(): number {
    return this.bytes.readUInt16LE(this.take(2));
  }

  u24(): number {
    return this.bytes.readUIntLE(this.take(3), 3);
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  u64(): bigint {
    return this.bytes.readBigUInt64LE(this.take(8));
  }

  /** A length-encoded integer. 0xfb (NULL) and 0xff (error) are no integers and are refused. */
  lenenc(): bigint {
    const first = this.u8();
    if (first < 0xfb) return BigInt(first);
    if (first === 0xfc) return BigInt(this.u16());
    if (first === 0xfd) return BigInt(this.u24());
    if (first === 0xfe) return this.u64();
    throw protocolError(`${this.name}: 0x${first.toString(16)} is not a length-encoded integer`);
  }

  /** A view of `count` bytes, valid as long as the message itself. */
  view(count: number): Buffer {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  lenencView(): Buffer {
    const length = this.lenenc();
    if (length > BigInt(this.left)) throw this.pastEnd(length);
    return this.view(Number(length));
  }

  lenencText(): string {
    return this.lenencView().toString('utf8');
  }

  /** Text up to and without a zero byte, which must be there. */
  zeroText(): string {
    const zero = this.bytes.indexOf(0, this.at);
    if (zero < 0 || zero >= this.stop) throw protocolError(`${this.name}: a text has no end`);
    const text = this.bytes.toString('utf8', this.at, zero);
    this.at = zero + 1;
    return text;
  }

  rest(): Buffer {
    return this.view(this.left);
  }

  end(): void {
    if (this.left > 0) throw protocolError(`${this.name}: ${this.left} bytes are left over`);
  }

  private take(count: number): number {
    const start = this.need(count);
    this.at = start + count;
    return start;
  }

  private need(count: number): number {
    if (this.stop - this.at < count) throw this.pastEnd(count);
    return this.at;
  }

  private pastEnd(count: number | bigint): Error {
    return protocolError(`${this.name}: ends after ${this.left} of ${count} bytes at ${this.at}`);
  }
}
