import { TidemarkError } from '#server/base/error.ts';
import { type CanonicalFields, fieldMark } from '../canonical/canonical-row.ts';
import { RowBuffer } from '../canonical/row-buffer.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';
import { keyHash } from './key-hash.ts';
import type { MergeTable } from './merge-table.ts';
import { RowOverlay } from './row-overlay.ts';

const bitmapOffset = 2;

/**
 * The key of rows in one form, whether they were stored or logged: the canonical forms of the key's columns one after
 * another. Forms say where they end and no key column is NULL, so equal keys have equal bytes. Without a key it is the
 * whole canonical row, its computed columns as NULL. After each call the key is `bytes[start, stop)` and `hash` its
 * hash, until the next call or until the row it was read from changes.
 */
export class RowKeyReader {
  bytes: Buffer = Buffer.alloc(0);
  start = 0;
  stop = 0;
  hash = 0;
  private readonly key: Int32Array | null;
  /** The key's columns are the table's first ones: their forms lie together in a stored row. */
  private readonly leading: boolean;
  private readonly computed: boolean;
  private readonly columnCount: number;
  private readonly walkedCount: number;
  private readonly walker: BinaryRowWalker;
  private readonly overlay: RowOverlay;
  private readonly out = new RowBuffer(256);

  constructor({ columns, key }: MergeTable) {
    this.key = key && Int32Array.from(key);
    this.leading = key?.every((column, n) => column === n) ?? false;
    this.computed = columns.some(({ generated }) => generated);
    this.columnCount = columns.length;
    this.walkedCount = key ? key.at(-1)! + 1 : columns.length;
    this.walker = new BinaryRowWalker(columns.map(({ wireType }) => wireType));
    this.overlay = new RowOverlay(columns);
  }

  /** Of the stored row `bytes[start, stop)`. Errors: `node/protocol` for what is no row of this table. */
  ofStored(bytes: Buffer, start: number, stop: number): void {
    if (!this.key && !this.computed) {
      this.set(bytes, start, stop);
      return;
    }
    const end = this.walker.walkFirst(this.walkedCount, bytes, start, stop);
    if (this.leading && hasNoNull(bytes, start + 1, this.walkedCount)) {
      this.set(bytes, start + 1 + ((this.columnCount + bitmapOffset + 7) >> 3), end);
    } else this.ofFields(this.walker, bytes);
  }

  /** Of the row that `fields` describes in `bytes`; a column that it lacks is looked for in `base`. */
  ofFields(fields: CanonicalFields, bytes: Buffer, base?: CanonicalFields, baseBytes?: Buffer): void {
    const { key, out } = this;
    out.at = 0;
    if (key) {
      for (let k = 0; k < key.length; k++) {
        const column = key[k]!;
        const own = fields.fieldStart[column] !== fieldMark.absent || !base;
        const from = own ? fields : base;
        const start = from.fieldStart[column]!;
        if (start < 0) throw noKey(column);
        out.copy(own ? bytes : baseBytes!, start, from.valueEnd[column]!);
      }
    } else this.overlay.writeWithoutComputed(out, fields, bytes);
    this.set(out.bytes, 0, out.at);
  }

  equals(other: RowKeyReader): boolean {
    if (this.hash !== other.hash || this.stop - this.start !== other.stop - other.start) return false;
    for (let i = this.start, k = other.start; i < this.stop; i++, k++) {
      if (this.bytes[i] !== other.bytes[k]) return false;
    }
    return true;
  }

  /** The key is at hand. */
  set(bytes: Buffer, start: number, stop: number): void {
    this.bytes = bytes;
    this.start = start;
    this.stop = stop;
    this.hash = keyHash(bytes, start, stop);
  }
}

function hasNoNull(bytes: Buffer, bitmap: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const bit = i + bitmapOffset;
    if ((bytes[bitmap + (bit >> 3)]! >> (bit & 7)) & 1) return false;
  }
  return true;
}

function noKey(column: number): TidemarkError {
  return new TidemarkError(
    'table/unsupported',
    `a row has no value in column ${column + 1}, which is part of its key`,
    {
      hint: 'The server logged rows of this table by another key than the one in the backup. Restore to the end of a backup instead.',
      context: { column: column + 1 },
    },
  );
}
