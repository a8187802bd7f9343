/** Bytes of one row after another, written into one buffer that grows and is used again. */
export class RowBuffer {
  bytes: Buffer;
  /** Where the next byte goes. */
  at = 0;

  constructor(capacity = 4096) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Room for `count` bytes; returns where they go. Read `bytes` only after this: it may be another one. */
  take(count: number): number {
    const start = this.at;
    this.at = start + count;
    if (this.at > this.bytes.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(this.at, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, start);
      this.bytes = grown;
    }
    return start;
  }

  copy(from: Buffer, start: number, stop: number): void {
    const length = stop - start;
    const at = this.take(length);
    const { bytes } = this;
    if (length > loopCopyBytes) from.copy(bytes, at, start, stop);
    else for (let i = 0; i < length; i++) bytes[at + i] = from[start + i]!;
  }

  /** A length-encoded integer, in the shortest form: the only one a server writes. */
  lenenc(value: number): void {
    if (value < 0xfb) {
      const at = this.take(1);
      this.bytes[at] = value;
    } else if (value <= 0xffff) {
      const at = this.take(3);
      this.bytes[at] = 0xfc;
      this.bytes.writeUInt16LE(value, at + 1);
    } else if (value <= 0xffffff) {
      const at = this.take(4);
      this.bytes[at] = 0xfd;
      this.bytes.writeUIntLE(value, at + 1, 3);
    } else {
      const at = this.take(9);
      this.bytes[at] = 0xfe;
      this.bytes.writeBigUInt64LE(BigInt(value), at + 1);
    }
  }

  ascii(text: string): void {
    this.lenenc(text.length);
    const at = this.take(text.length);
    this.bytes.write(text, at, 'latin1');
  }
}

/** Longer values are copied by the runtime, shorter ones by a loop: calls cost more than bytes there. */
const loopCopyBytes = 40;
