import type { LoggedColumn } from '../binlog/logged-column.ts';

/**
 * Counts the rows of row events of one table map without looking at their values. -1: the images do not fit the map.
 * It allocates nothing per row; images without NULL are stepped over in runs of columns.
 */
export class RowCount {
  readonly #columns: readonly LoggedColumn[];
  readonly #images: ImageSteps[] = [];

  constructor(columns: readonly LoggedColumn[]) {
    this.#columns = columns;
  }

  /** `first` and `second`, null where there is none, are the bitmaps of the event: which columns its images have. */
  count(bytes: Buffer, start: number, end: number, first: Buffer, second: Buffer | null): number {
    const one = this.#steps(first, 0);
    const two = second && this.#steps(second, 1);
    let rows = 0;
    let at = start;
    while (at < end) {
      at = one.skip(bytes, at);
      if (two) at = two.skip(bytes, at);
      rows++;
    }
    return at === end ? rows : -1;
  }

  #steps(present: Buffer, which: number): ImageSteps {
    const known = this.#images[which];
    if (known?.present.equals(present)) return known;
    const made = new ImageSteps(this.#columns, Buffer.from(present));
    this.#images[which] = made;
    return made;
  }
}

class ImageSteps {
  readonly present: Buffer;
  readonly #nullBytes: number;
  readonly #widths: Float64Array;
  readonly #prefixed: Uint8Array;
  /** Bytes to pass over, or less than 0: so many bytes of a length, and then as many as it says. */
  readonly #runs: number[] = [];

  constructor(columns: readonly LoggedColumn[], present: Buffer) {
    this.present = present;
    const there = columns.filter((_, i) => ((present[i >> 3] ?? 0) >> (i & 7)) & 1);
    this.#nullBytes = (there.length + 7) >> 3;
    this.#widths = Float64Array.from(there, ({ width }) => width);
    this.#prefixed = Uint8Array.from(there, ({ prefixed }) => (prefixed ? 1 : 0));
    let fixed = 0;
    for (const { width, prefixed } of there) {
      if (!prefixed) fixed += width;
      else {
        if (fixed > 0) this.#runs.push(fixed);
        this.#runs.push(-width);
        fixed = 0;
      }
    }
    if (fixed > 0 || Number.isNaN(fixed)) this.#runs.push(fixed);
  }

  /** Where the image at `start` ends; NaN or past the end where it does not fit. */
  skip(bytes: Buffer, start: number): number {
    let at = start + this.#nullBytes;
    for (let i = start; i < at; i++) if (bytes[i] !== 0) return this.#skipSome(bytes, start);
    const runs = this.#runs;
    for (let i = 0; i < runs.length; i++) {
      const run = runs[i]!;
      at += run < 0 ? prefixAt(bytes, at, -run) : run;
    }
    return at;
  }

  #skipSome(bytes: Buffer, start: number): number {
    let at = start + this.#nullBytes;
    for (let i = 0; i < this.#widths.length; i++) {
      if ((bytes[start + (i >> 3)]! >> (i & 7)) & 1) continue;
      const width = this.#widths[i]!;
      at += this.#prefixed[i] ? prefixAt(bytes, at, width) : width;
    }
    return at;
  }
}

/** A little-endian length of `width` bytes, and itself. */
function prefixAt(bytes: Buffer, at: number, width: number): number {
  let length = bytes[at]!;
  if (width > 1) length += bytes[at + 1]! * 0x100;
  if (width > 2) length += bytes[at + 2]! * 0x10000;
  if (width > 3) length += bytes[at + 3]! * 0x1000000;
  return length + width;
}
