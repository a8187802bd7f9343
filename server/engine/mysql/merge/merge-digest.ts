import { RowBuffer } from '../canonical/row-buffer.ts';
import { RowDigest } from '../digest.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import type { MergeTable } from './merge-table.ts';
import { RowOverlay } from './row-overlay.ts';

const modulus = 1n << 128n;

/** Rows and digest as `RowDigest` and `digestTable` give them. */
export interface DigestedRows {
  readonly rows: bigint;
  readonly digest: string;
}

/** What a merged table must read as. */
export interface ExpectedRows extends DigestedRows {
  /** The columns that were digested, by index: all, or those that are not computed. */
  readonly columns: readonly number[];
}

/** Learns of the rows that go and come; never of those that pass untouched, unless it must. */
export interface MergeDigest {
  /** Framed rows of the input that are replaced or dropped. */
  removed(frames: Buffer): void;
  /** Framed rows that take their place or are new. */
  added(frames: Buffer): void;
  /** All rows of the result, in runs. */
  passed(frames: Buffer): void;
  expected(): ExpectedRows;
}

/**
 * The digest of a sum needs only what changes: what the backup recorded, less the rows that go, plus the rows that
 * come. So it also tells when a row that was to pass untouched does not arrive.
 */
export class DifferenceDigest implements MergeDigest {
  private readonly base: DigestedRows;
  private readonly columnCount: number;
  private readonly gone = new RowDigest();
  private readonly come = new RowDigest();

  constructor(base: DigestedRows, { columns }: MergeTable) {
    this.base = base;
    this.columnCount = columns.length;
  }

  removed(frames: Buffer): void {
    this.gone.add(frames);
  }

  added(frames: Buffer): void {
    this.come.add(frames);
  }

  passed(): void {}

  expected(): ExpectedRows {
    const number = (hex: string) => BigInt(`0x${hex}`);
    const sum = number(this.base.digest) - number(this.gone.hex) + number(this.come.hex) + modulus;
    return {
      rows: this.base.rows - this.gone.rows + this.come.rows,
      digest: (sum % modulus).toString(16).padStart(32, '0'),
      columns: Array.from({ length: this.columnCount }, (_, n) => n),
    };
  }
}

/**
 * For tables whose computed columns the log left out: the digest over the other columns of every row, because nothing
 * was recorded for these alone.
 */
export class StoredColumnsDigest implements MergeDigest {
  private readonly chosen: readonly number[];
  private readonly overlay: RowOverlay;
  private readonly digest = new RowDigest();
  private readonly out = new RowBuffer();

  constructor({ columns }: MergeTable) {
    this.chosen = columns.map((_, n) => n).filter((n) => !columns[n]!.generated);
    this.overlay = new RowOverlay(columns);
  }

  removed(): void {}
  added(): void {}

  passed(frames: Buffer): void {
    const { out, chosen } = this;
    const headBytes = 1 + ((chosen.length + 9) >> 3);
    out.at = 0;
    for (let at = 0; at < frames.length; ) {
      const start = at + rowFrameHeaderBytes;
      at = start + frames.readUInt32LE(at);
      const fields = this.overlay.fieldsOfRow(frames, start, at);
      const frame = out.take(rowFrameHeaderBytes);
      const row = out.take(headBytes);
      out.bytes.fill(0, row, out.at);
      for (let k = 0; k < chosen.length; k++) {
        const from = fields.fieldStart[chosen[k]!]!;
        if (from < 0) out.bytes[row + 1 + ((k + 2) >> 3)]! |= 1 << ((k + 2) & 7);
        else out.copy(frames, from, fields.valueEnd[chosen[k]!]!);
      }
      out.bytes.writeUInt32LE(out.at - row, frame);
    }
    this.digest.add(out.bytes.subarray(0, out.at));
  }

  expected(): ExpectedRows {
    return { rows: this.digest.rows, digest: this.digest.hex, columns: this.chosen };
  }
}
