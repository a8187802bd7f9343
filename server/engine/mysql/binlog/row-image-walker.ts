import { protocolError } from '../protocol/protocol-error.ts';
import type { LoggedColumn } from './logged-column.ts';

/** What a column has in an image. */
export const imageState = { absent: 0, null: 1, value: 2 } as const;

/**
 * Finds every value of a row image without decoding it. Image: NULL bitmap over the columns that are there, then their
 * values in column order. After `walk`, per column i: `state[i]`, and of a value `valueStart[i]` and `valueEnd[i]`,
 * length prefix left out, as offsets into the buffer that was walked. One walker per table map, reused for every row;
 * it allocates nothing.
 */
export class RowImageWalker {
  readonly state: Uint8Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly columnCount: number;
  private readonly widths: Uint8Array;
  private readonly prefixed: Uint8Array;

  /** Errors: `node/protocol` for a column whose width the map does not tell: give it one first. */
  constructor(columns: readonly LoggedColumn[]) {
    this.columnCount = columns.length;
    this.state = new Uint8Array(columns.length);
    this.valueStart = new Int32Array(columns.length);
    this.valueEnd = new Int32Array(columns.length);
    const unknown = columns.findIndex((column) => Number.isNaN(column.width));
    if (unknown >= 0) throw protocolError(`table map: the width of column ${unknown + 1} is not known`);
    this.widths = Uint8Array.from(columns, (column) => column.width);
    this.prefixed = Uint8Array.from(columns, (column) => (column.prefixed ? 1 : 0));
  }

  /**
   * The image begins at `start` of `bytes`; returns where it ends. `present` is the rows event's bitmap for it. Errors:
   * `node/protocol` past the end.
   */
  walk(bytes: Uint8Array, start: number, present: Uint8Array): number {
    const { state, valueStart, valueEnd, widths, prefixed, columnCount } = this;
    let presentCount = 0;
    for (let i = 0; i < columnCount; i++) presentCount += (present[i >> 3]! >> (i & 7)) & 1;
    let at = start + ((presentCount + 7) >> 3);
    if (at > bytes.length) throw protocolError('row image: ends within its NULL bitmap');
    for (let i = 0, bit = 0; i < columnCount; i++) {
      if (!((present[i >> 3]! >> (i & 7)) & 1)) {
        state[i] = imageState.absent;
        continue;
      }
      const isNull = (bytes[start + (bit >> 3)]! >> (bit & 7)) & 1;
      bit++;
      if (isNull) {
        state[i] = imageState.null;
        continue;
      }
      state[i] = imageState.value;
      let width = widths[i]!;
      if (prefixed[i]) {
        const value = at + width;
        if (value > bytes.length) throw pastEnd(i);
        width = prefixOf(bytes, at, width);
        at = value;
      }
      valueStart[i] = at;
      at += width;
      if (at > bytes.length) throw pastEnd(i);
      valueEnd[i] = at;
    }
    return at;
  }
}

function prefixOf(bytes: Uint8Array, at: number, width: number): number {
  let length = bytes[at]!;
  if (width > 1) length |= bytes[at + 1]! << 8;
  if (width > 2) length |= bytes[at + 2]! << 16;
  return width > 3 ? length + bytes[at + 3]! * 0x1000000 : length;
}

function pastEnd(column: number): Error {
  return protocolError(`row image: column ${column + 1} ends past the event`);
}
