import { TidemarkError } from '#server/base/error.ts';
import { type CanonicalFields, fieldMark } from '../canonical/canonical-row.ts';
import type { ColumnFacts } from '../canonical/column-facts.ts';
import type { RowBuffer } from '../canonical/row-buffer.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';

const bitmapOffset = 2;

/** A row of which nothing is known. */
const nothing: CanonicalFields = { fieldStart: new Int32Array(0), valueEnd: new Int32Array(0) };
const noBytes: Buffer = Buffer.alloc(0);

/**
 * Lays parts of rows over each other. A part is what a log with images that are not full says of a row: a bitmap of the
 * columns it knows (bit set: known), then a canonical row in which the others are NULL. Computed columns that an image
 * leaves out are never taken from below, because their value may have changed with what they are computed from: they
 * become NULL, and `computedUnknown` says that this happened.
 */
export class RowOverlay {
  computedUnknown = false;
  private readonly computed: Uint8Array;
  private readonly columnCount: number;
  private readonly bitmapBytes: number;
  private readonly partBitmapBytes: number;
  private readonly walker: BinaryRowWalker;
  private readonly columns: readonly ColumnFacts[];

  constructor(columns: readonly ColumnFacts[]) {
    this.columns = columns;
    this.columnCount = columns.length;
    this.computed = Uint8Array.from(columns, ({ generated }) => (generated ? 1 : 0));
    this.bitmapBytes = (columns.length + bitmapOffset + 7) >> 3;
    this.partBitmapBytes = (columns.length + 7) >> 3;
    this.walker = new BinaryRowWalker(columns.map(({ wireType }) => wireType));
  }

  /** Where the columns of a whole row lie; valid until the next call of a method. */
  fieldsOfRow(bytes: Buffer, start: number, stop: number): CanonicalFields {
    this.walker.walk(bytes, start, stop);
    return this.walker;
  }

  /** The same of a part: columns it does not know are absent. */
  fieldsOfPart(bytes: Buffer, start: number, stop: number): CanonicalFields {
    const { walker } = this;
    walker.walk(bytes, start + this.partBitmapBytes, stop);
    for (let i = 0; i < this.columnCount; i++) {
      if (!((bytes[start + (i >> 3)]! >> (i & 7)) & 1)) walker.fieldStart[i] = fieldMark.absent;
    }
    return walker;
  }

  /**
   * Writes `top` over `base` as a part. Returns where the row in it begins when every column is known, so that from
   * there on it is a whole row; else -1.
   */
  write(out: RowBuffer, top: CanonicalFields, topBytes: Buffer, base = nothing, baseBytes = noBytes): number {
    const known = out.take(this.partBitmapBytes);
    const row = this.takeHead(out);
    out.bytes.fill(0, known, row);
    let complete = true;
    for (let i = 0; i < this.columnCount; i++) {
      const own = top.fieldStart[i] !== fieldMark.absent;
      const start = own ? top.fieldStart[i]! : (base.fieldStart[i] ?? fieldMark.absent);
      if (!own && this.computed[i]) {
        this.computedUnknown = true;
        setBit(out.bytes, row + 1, i + bitmapOffset);
      } else if (start === fieldMark.absent) {
        setBit(out.bytes, row + 1, i + bitmapOffset);
        complete = false;
        continue;
      } else if (start === fieldMark.null) setBit(out.bytes, row + 1, i + bitmapOffset);
      else if (own) out.copy(topBytes, start, top.valueEnd[i]!);
      else out.copy(baseBytes, start, base.valueEnd[i]!);
      setBit(out.bytes, known, i);
    }
    return complete ? row : -1;
  }

  /** Writes the row with its computed columns as NULL. Errors: `table/unsupported` when another one is absent. */
  writeWithoutComputed(out: RowBuffer, fields: CanonicalFields, bytes: Buffer): void {
    const row = this.takeHead(out);
    for (let i = 0; i < this.columnCount; i++) {
      const start = fields.fieldStart[i]!;
      if (start === fieldMark.null || this.computed[i]) setBit(out.bytes, row + 1, i + bitmapOffset);
      else if (start === fieldMark.absent) throw this.incomplete(fields);
      else out.copy(bytes, start, fields.valueEnd[i]!);
    }
  }

  /** Errors with what `fields` lacks. */
  incomplete(fields: CanonicalFields): TidemarkError {
    const missing = this.columns.filter((_, n) => fields.fieldStart[n] === fieldMark.absent).map(({ name }) => name);
    return new TidemarkError(
      'table/unsupported',
      `the log holds only a part of a row: ${missing.join(', ')} is missing`,
      {
        hint: 'The server logs with a binlog_row_image other than FULL, and what it leaves out is not to be known here. Restore to the end of a backup instead.',
        context: { missing },
      },
    );
  }

  private takeHead(out: RowBuffer): number {
    const row = out.take(1 + this.bitmapBytes);
    out.bytes.fill(0, row, out.at);
    return row;
  }
}

function setBit(bytes: Buffer, from: number, bit: number): void {
  bytes[from + (bit >> 3)]! |= 1 << (bit & 7);
}
