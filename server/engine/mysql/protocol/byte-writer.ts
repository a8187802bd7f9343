/** Builds one message, fields in wire order. Grows as needed; `done()` is a view of exactly what was written. */
export class ByteWriter {
  private bytes: Buffer;
  private at = 0;

  constructor(capacity = 256) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  u8(value: number): this {
    const at = this.reserve(1);
    this.bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.reserve(2);
    this.bytes.writeUInt16LE(value, at);
    return this;
  }

  u32(value: number): this {
    const at = this.reserve(4);
    this.bytes.writeUInt32LE(value, at);
    return this;
  }

  u64(value: bigint): this {
    const at = this.reserve(8);
    this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), at);
    return this;
  }

  f64(value: number): this {
    const at = this.reserve(8);
    this.bytes.writeDoubleLE(value, at);
    return this;
  }

  zeros(count: number): this {
    const at = this.reserve(count);
    this.bytes.fill(0, at, at + count);
    return this;
  }

  raw(value: Uint8Array): this {
    const at = this.reserve(value.length);
    this.bytes.set(value, at);
    return this;
  }

  text(value: string): this {
    return this.raw(Buffer.from(value, 'utf8'));
  }

  zeroText(value: string): this {
    return this.text(value).u8(0);
  }

  lenenc(value: number): this {
    if (value < 0xfb) return this.u8(value);
    if (value <= 0xffff) return this.u8(0xfc).u16(value);
    if (value <= 0xffffff)
      return this.u8(0xfd)
        .u8(value & 0xff)
        .u16(value >>> 8);
    return this.u8(0xfe).u64(BigInt(value));
  }

  lenencRaw(value: Uint8Array): this {
    return this.lenenc(value.length).raw(value);
  }

  done(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  /** Call before touching `bytes`: it may be another buffer afterwards. */
  private reserve(count: number): number {
    const start = this.at;
    this.at = start + count;
    if (this.at > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.at, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, start);
      this.bytes = grown;
    }
    return start;
  }
}
