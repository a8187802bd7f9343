import { mixed } from './key-hash.ts';

const probes = 4;
const bitsPerKey = 12;
const leastBits = 1024;

/** Says of a key's hash that it is surely not in a set, or that it may be: wrong for about one key in 150. */
export class BloomFilter {
  private words: Uint32Array;

  constructor(keys: number) {
    let bits = leastBits;
    while (bits < keys * bitsPerKey) bits *= 2;
    this.words = new Uint32Array(bits / 32);
  }

  get bytes(): number {
    return this.words.byteLength;
  }

  add(hash: number): void {
    const { words } = this;
    const mask = words.length * 32 - 1;
    const step = mixed(hash) | 1;
    for (let n = 0, bit = hash; n < probes; n++, bit += step) {
      const at = (bit & mask) >>> 0;
      words[at >>> 5]! |= 1 << (at & 31);
    }
  }

  mayHold(hash: number): boolean {
    const { words } = this;
    const mask = words.length * 32 - 1;
    const step = mixed(hash) | 1;
    for (let n = 0, bit = hash; n < probes; n++, bit += step) {
      const at = (bit & mask) >>> 0;
      if (!((words[at >>> 5]! >>> (at & 31)) & 1)) return false;
    }
    return true;
  }

  /** Half as large, and wrong more often: what was added stays in. */
  halve(): void {
    if (this.bytes * 8 <= leastBits) return;
    const half = this.words.length / 2;
    const halved = this.words.slice(0, half);
    for (let n = 0; n < half; n++) halved[n]! |= this.words[half + n]!;
    this.words = halved;
  }
}
