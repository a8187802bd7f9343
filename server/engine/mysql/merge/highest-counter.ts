import { type CanonicalFields, fieldMark } from '../canonical/canonical-row.ts';
import type { ColumnFacts } from '../canonical/column-facts.ts';

const wordSpan = 2 ** 32;

/** The highest value of a column of whole numbers that a log ever names, of rows that are gone too. */
export class HighestCounter {
  private readonly column: number;
  private readonly unsigned: boolean;
  /** Of 64 bits; as two numbers because most rows are looked at in vain. */
  private high = 0;
  private low = -1;

  constructor(column: number, { unsigned }: ColumnFacts) {
    this.column = column;
    this.unsigned = unsigned;
  }

  /** The row that `fields` describes in `bytes`. */
  see(fields: CanonicalFields, bytes: Buffer): void {
    const start = fields.fieldStart[this.column]!;
    if (start === fieldMark.null || start === fieldMark.absent) return;
    const width = fields.valueEnd[this.column]! - start;
    const high = width === 8 ? bytes.readUInt32LE(start + 4) : 0;
    const low = bytes.readUIntLE(start, Math.min(width, 4));
    const isNegative = !this.unsigned && bytes[start + width - 1]! >= 0x80;
    if (isNegative || high < this.high || (high === this.high && low <= this.low)) return;
    this.high = high;
    this.low = low;
  }

  /** null: none was named. */
  get value(): bigint | null {
    return this.low < 0 ? null : BigInt(this.high) * BigInt(wordSpan) + BigInt(this.low);
  }
}
