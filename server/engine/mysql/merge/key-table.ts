import { ByteArena } from './byte-arena.ts';

const firstSlots = 1024;
/** Slots filled of all, at most: fuller tables are smaller and search longer. */
const fullest = 0.6;
/** Place, hash, and slots of which between 30 % and 60 % are filled. */
const numberBytes = 4 + 4 + 9;

/**
 * Keys, numbered from 0 in the order they were added: open addressing over a byte arena. A lookup allocates nothing and
 * mostly ends at an empty slot, because most rows of a table have not changed.
 */
export class KeyTable {
  /** Numbers given out, those without a key among them. */
  size = 0;
  readonly keys: ByteArena;
  /** Per number, where its key lies in `keys`; 0: it has none. */
  private places: Uint32Array;
  private hashes: Uint32Array;
  /** Number + 1; 0: empty. */
  private slots: Uint32Array;

  constructor(
    keys = new ByteArena(),
    places: Uint32Array = new Uint32Array(64),
    hashes: Uint32Array = new Uint32Array(64),
  ) {
    this.keys = keys;
    this.places = places;
    this.hashes = hashes;
    this.slots = new Uint32Array(firstSlots);
  }

  /** The number of the key `bytes[start, stop)` whose hash is `hash`; -1 when it is not there. */
  find(hash: number, bytes: Uint8Array, start: number, stop: number): number {
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return -1;
      if (hashes[number] === hash && this.isKey(number, bytes, start, stop)) return number;
    }
  }

  /** A key that is not there yet. */
  add(hash: number, bytes: Buffer, start: number, stop: number): number {
    const number = this.addNumber(this.keys.add(bytes, start, stop), hash);
    if (this.size > this.slots.length * fullest) this.fill(this.slots.length * 2);
    else this.link(number);
    return number;
  }

  /** A number that no key leads to. */
  addWithoutKey(): number {
    return this.addNumber(0, 0);
  }

  hasKey(number: number): boolean {
    return this.places[number] !== 0;
  }

  hashOf(number: number): number {
    return this.hashes[number]!;
  }

  /** A view, valid as long as nothing is added. */
  keyOf(number: number): Buffer {
    const place = this.places[number]!;
    if (place === 0) return Buffer.alloc(0);
    const start = this.keys.startOf(place);
    return this.keys.bufferOf(place).subarray(start, start + this.keys.lengthOf(place));
  }

  get usedBytes(): number {
    return this.keys.usedBytes + this.size * numberBytes;
  }

  /** Forgets every key and keeps the room. */
  clear(): void {
    this.size = 0;
    this.slots.fill(0);
    this.keys.clear();
  }

  /** Per number: what `KeyTable.of` makes the same table of, together with the contents of `keys`. */
  columns(): Uint32Array[] {
    return [this.places.subarray(0, this.size), this.hashes.subarray(0, this.size)];
  }

  /** For lookups only. */
  static of(keys: ByteArena, places: Uint32Array, hashes: Uint32Array): KeyTable {
    const table = new KeyTable(keys, places, hashes);
    table.size = places.length;
    let slots = firstSlots;
    while (table.size > slots * fullest) slots *= 2;
    table.fill(slots);
    return table;
  }

  private addNumber(place: number, hash: number): number {
    const number = this.size++;
    if (number === this.places.length) {
      this.places = grown(this.places);
      this.hashes = grown(this.hashes);
    }
    this.places[number] = place;
    this.hashes[number] = hash;
    return number;
  }

  private isKey(number: number, bytes: Uint8Array, start: number, stop: number): boolean {
    const { keys } = this;
    const place = this.places[number]!;
    if (keys.lengthOf(place) !== stop - start) return false;
    const known = keys.bufferOf(place);
    for (let i = start, k = keys.startOf(place); i < stop; i++, k++) if (known[k] !== bytes[i]) return false;
    return true;
  }

  private fill(slots: number): void {
    this.slots = new Uint32Array(slots);
    for (let number = 0; number < this.size; number++) if (this.hasKey(number)) this.link(number);
  }

  private link(number: number): void {
    const { slots } = this;
    const mask = slots.length - 1;
    let slot = this.hashes[number]! & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = number + 1;
  }
}

/** Twice as long, the same values first. */
export function grown<A extends Uint32Array | Int32Array | Uint8Array | Float64Array>(values: A): A {
  const larger = new (values.constructor as new (length: number) => A)(values.length * 2);
  larger.set(values);
  return larger;
}
