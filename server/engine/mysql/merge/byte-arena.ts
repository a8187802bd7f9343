/** A reference counts these: 32 bits of it reach 32 GiB. */
const unitBytes = 8;
const unitShift = 3;
const blockShift = 22;
/** Larger blocks are half empty, smaller ones are many. */
const blockBytes = 1 << blockShift;
/** The first ones are smaller: most tables change little, and a restore may fold many of them. */
const firstBlockBytes = 1 << 16;
const unitsPerBlock = blockBytes >> unitShift;
const unitMask = unitsPerBlock - 1;
/** u32 length, u32 room in bytes. */
const headBytes = 8;

/**
 * Byte strings in few large buffers: millions of them without an object each. A string is known by a reference, a
 * number below 2^32 that never changes; 0 is no string. Room is given back only all at once, but a string may be
 * overwritten in place by one that fits.
 */
export class ByteArena {
  /** Of every block, by its number; a string larger than a block lies in a buffer that takes several numbers. */
  private blocks: Buffer[] = [];
  private block = -1;
  private at = 0;
  private room = 0;
  /** Whole blocks that `clear` kept. */
  private idle: Buffer[] = [];
  /** Of blocks that hold strings, whether full or not. */
  usedBytes = 0;

  /** Copies `from[start, stop)`. Errors: more than 32 GiB. */
  add(from: Buffer, start: number, stop: number): number {
    const length = stop - start;
    const needed = (headBytes + length + unitBytes - 1) & ~(unitBytes - 1);
    if (needed > blockBytes) return this.addLarge(from, start, stop);
    if (this.at + needed > this.room) this.openBlock(Math.max(needed, this.nextBlockBytes()));
    const block = this.blocks[this.block]!;
    const { at } = this;
    writeHead(block, at, length, needed - headBytes);
    copyBytes(from, start, stop, block, at + headBytes);
    this.at = at + needed;
    return this.block * unitsPerBlock + (at >> unitShift) + 1;
  }

  /** Puts `from[start, stop)` where `reference` is when it fits, else elsewhere; returns where it is. */
  replace(reference: number, from: Buffer, start: number, stop: number): number {
    const unit = reference - 1;
    const block = this.blocks[(unit / unitsPerBlock) | 0]!;
    const at = (unit & unitMask) << unitShift;
    const length = stop - start;
    if (length > block.readUInt32LE(at + 4)) return this.add(from, start, stop);
    block.writeUInt32LE(length, at);
    copyBytes(from, start, stop, block, at + headBytes);
    return reference;
  }

  /** The buffer a string lies in; read with `startOf` and `lengthOf`. */
  bufferOf(reference: number): Buffer {
    return this.blocks[((reference - 1) / unitsPerBlock) | 0]!;
  }

  /** Where it begins in its buffer. */
  startOf(reference: number): number {
    return (((reference - 1) & unitMask) << unitShift) + headBytes;
  }

  lengthOf(reference: number): number {
    const at = ((reference - 1) & unitMask) << unitShift;
    return this.bufferOf(reference).readUInt32LE(at);
  }

  /** Forgets every string and keeps the room, but for strings larger than a block. */
  clear(): void {
    this.idle.push(...this.blocks.filter(({ length }) => length === blockBytes));
    this.blocks = [];
    this.block = -1;
    this.at = 0;
    this.room = 0;
    this.usedBytes = 0;
  }

  /** What there is to write down, in order; `ByteArena.of` makes the same arena of it. The last block is cut to what is used. */
  contents(): Buffer[] {
    const distinct = this.blocks.filter((block, n) => block !== this.blocks[n - 1]);
    const last = distinct.length - 1;
    return distinct.map((block, n) => (n === last && this.room > 0 ? block.subarray(0, this.at) : block));
  }

  /** For reading only: nothing may be added. */
  static of(contents: readonly Buffer[]): ByteArena {
    const arena = new ByteArena();
    for (const block of contents) arena.place(block);
    return arena;
  }

  private addLarge(from: Buffer, start: number, stop: number): number {
    const length = stop - start;
    const block = this.openBlock(Math.ceil((headBytes + length) / blockBytes) * blockBytes);
    writeHead(this.blocks[block]!, 0, length, this.blocks[block]!.length - headBytes);
    from.copy(this.blocks[block]!, headBytes, start, stop);
    this.room = 0; // what comes next opens a block of its own
    return block * unitsPerBlock + 1;
  }

  private openBlock(bytes: number): number {
    const number = this.blocks.length;
    if ((number + Math.ceil(bytes / blockBytes)) * unitsPerBlock >= 2 ** 32) {
      throw new RangeError('an arena of more than 32 GiB');
    }
    const kept = bytes <= blockBytes ? this.idle.pop() : undefined;
    this.place(kept ?? Buffer.allocUnsafeSlow(bytes));
    this.block = number;
    this.at = 0;
    this.room = this.blocks[number]!.length;
    return number;
  }

  private nextBlockBytes(): number {
    return Math.min(blockBytes, Math.max(firstBlockBytes, this.usedBytes));
  }

  private place(block: Buffer): void {
    for (let covered = 0; covered < block.length; covered += blockBytes) this.blocks.push(block);
    this.usedBytes += block.length;
  }
}

function writeHead(block: Buffer, at: number, length: number, room: number): void {
  block.writeUInt32LE(length, at);
  block.writeUInt32LE(room, at + 4);
}

/** Longer strings are copied by the runtime, shorter ones by a loop: calls cost more than bytes there. */
const loopCopyBytes = 40;

function copyBytes(from: Buffer, start: number, stop: number, to: Buffer, at: number): void {
  if (stop - start > loopCopyBytes) from.copy(to, at, start, stop);
  else for (let i = start, o = at; i < stop; i++, o++) to[o] = from[i]!;
}
