/** What lies there unused, at most: enough for what becomes frames while a budget is freed. */
const mostSpareBytes = 24 * 1024 ** 2;

/**
 * Buffers that threads see too, without a copy. They are used again, in sizes of powers of two: what is left to be
 * collected of such memory is hardly seen by those who decide when to collect.
 */
export class SharedMemory {
  readonly #spare = new Map<number, Buffer[]>();
  #spareBytes = 0;

  /** At least `bytes`, with anything in it. */
  take(bytes: number): Buffer {
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const spare = this.#spare.get(size)?.pop();
    if (spare) {
      this.#spareBytes -= size;
      return spare;
    }
    return Buffer.from(new SharedArrayBuffer(size));
  }

  /** Nobody uses it any more. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    if (size === 0 || this.#spareBytes + size > mostSpareBytes) return;
    const spare = this.#spare.get(size);
    if (spare) spare.push(buffer);
    else this.#spare.set(size, [buffer]);
    this.#spareBytes += size;
  }
}
