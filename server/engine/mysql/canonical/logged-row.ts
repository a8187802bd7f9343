import { TidemarkError } from '#server/base/error.ts';
import { loggedType } from '../binlog/logged-column.ts';
import { imageState, RowImageWalker } from '../binlog/row-image-walker.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import { type CanonicalFields, fieldMark } from './canonical-row.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ValueWriter } from './logged-numbers.ts';
import { RowBuffer } from './row-buffer.ts';
import { valueWriter, withWidth } from './value-writer.ts';

/** Two bits of the NULL bitmap come before the first column. */
const bitmapOffset = 2;

/**
 * Turns the row images of one table map into canonical rows, one at a time into one buffer. After `read`: `fieldStart`
 * and `valueEnd` say where each column lies in `bytes`, and what an image left out. Made once per table map.
 */
export class LoggedRow implements CanonicalFields {
  readonly fieldStart: Int32Array;
  readonly valueEnd: Int32Array;
  /** No column is absent: `payload` is the row. */
  complete = false;
  private readonly walker: RowImageWalker;
  private readonly writers: readonly ValueWriter[];
  private readonly out = new RowBuffer();
  private readonly bitmapBytes: number;
  private readonly facts: readonly ColumnFacts[];

  /**
   * Errors: `table/unsupported` where the map is not of a table with these columns. More columns at its end are let go
   * when they can be what the server hides there: the hash of a UNIQUE key over long columns.
   */
  constructor(facts: readonly ColumnFacts[], map: TableMapEvent) {
    const hidden = map.columns.slice(facts.length);
    if (map.columns.length < facts.length || hidden.some(({ type }) => type !== loggedType.longlong)) {
      throw otherTable(facts.length, map);
    }
    this.facts = facts;
    const known = facts.map((column, n) => withWidth(column, map.columns[n]!));
    this.walker = new RowImageWalker([...known, ...hidden]);
    this.writers = facts.map((column, n) => valueWriter(column, known[n]!));
    this.fieldStart = new Int32Array(facts.length);
    this.valueEnd = new Int32Array(facts.length);
    this.bitmapBytes = (facts.length + bitmapOffset + 7) >> 3;
  }

  /** Valid until the next `read`. */
  get bytes(): Buffer {
    return this.out.bytes;
  }

  /**
   * The image begins at `start` of `images`; `present` is the rows event's bitmap for it. Returns where the image ends.
   * Errors: `node/protocol` for bytes that do not follow the format; `table/unsupported` for a member of ENUM or SET whose
   * bytes the table file does not tell.
   */
  read(images: Buffer, start: number, present: Uint8Array): number {
    const { walker, writers, out, fieldStart, valueEnd, bitmapBytes } = this;
    const end = walker.walk(images, start, present);
    const { state, valueStart, valueEnd: imageEnd } = walker;
    out.at = 0;
    out.take(1 + bitmapBytes);
    for (let i = 0; i <= bitmapBytes; i++) out.bytes[i] = 0;
    let complete = true;
    for (let i = 0; i < writers.length; i++) {
      if (state[i] === imageState.value) {
        fieldStart[i] = out.at;
        writers[i]!(images, valueStart[i]!, imageEnd[i]!, out);
        valueEnd[i] = out.at;
      } else if (state[i] === imageState.null) {
        fieldStart[i] = fieldMark.null;
        setNull(out.bytes, 1, i);
      } else {
        fieldStart[i] = fieldMark.absent;
        complete = false;
      }
    }
    this.complete = complete;
    return end;
  }

  /** As `read`, but only these columns, in ascending order, are written; all others count as absent. Much faster for few. */
  readOnly(columns: Int32Array, images: Buffer, start: number, present: Uint8Array): number {
    const { walker, writers, out, fieldStart, valueEnd } = this;
    const end = walker.walk(images, start, present);
    const { state, valueStart, valueEnd: imageEnd } = walker;
    out.at = 0;
    fieldStart.fill(fieldMark.absent);
    for (let k = 0; k < columns.length; k++) {
      const i = columns[k]!;
      if (state[i] === imageState.value) {
        fieldStart[i] = out.at;
        writers[i]!(images, valueStart[i]!, imageEnd[i]!, out);
        valueEnd[i] = out.at;
      } else if (state[i] === imageState.null) fieldStart[i] = fieldMark.null;
    }
    this.complete = false;
    return end;
  }

  /** The whole row, valid until the next `read`. Errors: `table/unsupported` when a column is absent. */
  get payload(): Buffer {
    if (!this.complete) throw this.incomplete();
    return this.out.bytes.subarray(0, this.out.at);
  }

  /**
   * Appends the row, with what is absent taken from `baseBytes`, which `base` describes: the row as it was before an
   * update, or the table's defaults for an insert. Generated columns that are absent become NULL: no base knows them, and
   * the server computes them anew. Errors: `table/unsupported` when the base lacks a column as well.
   */
  mergeInto(target: RowBuffer, base: CanonicalFields, baseBytes: Buffer): void {
    const head = target.take(1 + this.bitmapBytes);
    target.bytes.fill(0, head, target.at);
    for (let i = 0; i < this.fieldStart.length; i++) {
      const own = this.fieldStart[i] !== fieldMark.absent;
      const from: CanonicalFields = own ? this : base;
      const start = from.fieldStart[i]!;
      if (start === fieldMark.null || (!own && this.facts[i]!.generated)) setNull(target.bytes, head + 1, i);
      else if (start === fieldMark.absent) throw this.incomplete();
      else target.copy(own ? this.out.bytes : baseBytes, start, from.valueEnd[i]!);
    }
  }

  private incomplete(): TidemarkError {
    const absent = this.facts.filter((_, n) => this.fieldStart[n] === fieldMark.absent);
    const missing = absent.map(({ name }) => name);
    return new TidemarkError(
      'table/unsupported',
      `the log holds only a part of a row: ${missing.join(', ')} is missing`,
      {
        hint: 'The server logs with a binlog_row_image other than FULL, so that a row can be known only together with its earlier form.',
        context: { missing },
      },
    );
  }
}

function setNull(bytes: Buffer, bitmap: number, column: number): void {
  const bit = column + bitmapOffset;
  bytes[bitmap + (bit >> 3)]! |= 1 << (bit & 7);
}

function otherTable(columns: number, map: TableMapEvent): TidemarkError {
  const { database, table } = map;
  const message = `the log shows ${database}.${table} with ${map.columns.length} columns instead of ${columns}`;
  return new TidemarkError('table/unsupported', message, {
    hint: 'The table was altered between the backup and this change. Choose a backup taken after that, or a time before it.',
    context: { database, table, logged: map.columns.length, known: columns },
  });
}
