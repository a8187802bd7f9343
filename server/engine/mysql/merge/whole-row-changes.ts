import type { RowBuffer } from '../canonical/row-buffer.ts';
import { ByteArena } from './byte-arena.ts';
import { type ChangeLookup, type Changes, type FrozenChanges, fate } from './changes.ts';
import { grown, KeyTable } from './key-table.ts';
import { logMismatch } from './log-mismatch.ts';
import type { RowKeyReader } from './row-key-reader.ts';

/** Removed, added, image, position. */
const numberBytes = 4 + 4 + 4 + 8;

/**
 * The same as KeyedChanges for a table without a key: equal rows are told apart by nobody, so they are counted. A row
 * is known by its bytes without computed columns, which follow from the others.
 */
export class WholeRowChanges implements Changes {
  readonly table: KeyTable;
  /** Rows as they are written, where computed columns make them differ from their key. */
  private readonly images: ByteArena;
  private removed: Uint32Array = new Uint32Array(64);
  private added: Uint32Array = new Uint32Array(64);
  private places: Uint32Array = new Uint32Array(64);
  private positions: Float64Array = new Float64Array(64);

  constructor(table = new KeyTable(), images = new ByteArena()) {
    this.table = table;
    this.images = images;
  }

  get usedBytes(): number {
    return this.table.usedBytes + this.images.usedBytes + this.table.size * numberBytes;
  }

  /** The row `bytes[start, stop)`, whose key was read last. */
  insert(key: RowKeyReader, position: number, bytes: Buffer, start: number, stop: number): void {
    const number = this.numberOf(key, position);
    if (this.removed[number]! > 0) {
      this.removed[number]!--;
      return;
    }
    this.added[number]!++;
    const isKey = key.bytes === bytes && key.start === start;
    if (!isKey && this.places[number] === 0) this.places[number] = this.images.add(bytes, start, stop);
  }

  delete(key: RowKeyReader, position: number): void {
    const number = this.numberOf(key, position);
    if (this.added[number]! > 0) this.added[number]!--;
    else this.removed[number]!++;
  }

  clear(): void {
    this.table.clear();
    this.images.clear();
  }

  freeze(): FrozenChanges {
    const { size } = this.table;
    const columns = [this.removed, this.added, this.places, this.positions].map((column) => column.subarray(0, size));
    return { columns: [...this.table.columns(), ...columns], keys: this.table.keys, images: this.images };
  }

  /** For lookups only. */
  static of({ columns, keys, images }: FrozenChanges): WholeRowChanges {
    const [places, hashes, removed, added, imagePlaces, positions] = columns;
    const table = KeyTable.of(keys, places as Uint32Array, hashes as Uint32Array);
    const changes = new WholeRowChanges(table, images);
    changes.removed = removed as Uint32Array;
    changes.added = added as Uint32Array;
    changes.places = imagePlaces as Uint32Array;
    changes.positions = positions as Float64Array;
    return changes;
  }

  lookup(): ChangeLookup {
    const { size } = this.table;
    const removed = this.removed.slice(0, size);
    const added = this.added.slice(0, size);
    return {
      meet: (key) => {
        const number = this.table.find(key.hash, key.bytes, key.start, key.stop);
        if (number < 0 || removed[number] === 0) return fate.keep;
        removed[number]!--;
        return fate.drop;
      },
      writeReplacement: () => {
        throw new TypeError('rows without a key are dropped and added, never replaced');
      },
      newRows: (from, out) => {
        for (let number = from; number < size; number++) {
          if (added[number] === 0) continue;
          added[number]!--;
          this.writeRow(number, out);
          return number;
        }
        return -1;
      },
      finish: () => {
        const number = removed.findIndex((count) => count > 0);
        if (number < 0) return;
        const what = 'the log changes a row that is not there';
        throw logMismatch(what, this.table.keyOf(number), this.positions[number]!);
      },
    };
  }

  private writeRow(number: number, out: RowBuffer): void {
    const place = this.places[number]!;
    if (place === 0) {
      const key = this.table.keyOf(number);
      out.copy(key, 0, key.length);
      return;
    }
    const start = this.images.startOf(place);
    out.copy(this.images.bufferOf(place), start, start + this.images.lengthOf(place));
  }

  private numberOf(key: RowKeyReader, position: number): number {
    const found = this.table.find(key.hash, key.bytes, key.start, key.stop);
    if (found >= 0) return found;
    const number = this.table.add(key.hash, key.bytes, key.start, key.stop);
    if (number >= this.removed.length) {
      this.removed = grown(this.removed);
      this.added = grown(this.added);
      this.places = grown(this.places);
      this.positions = grown(this.positions);
    }
    this.removed[number] = 0;
    this.added[number] = 0;
    this.places[number] = 0;
    this.positions[number] = position;
    return number;
  }
}
