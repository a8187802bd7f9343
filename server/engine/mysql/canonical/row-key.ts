import { TidemarkError } from '#server/base/error.ts';
import { type CanonicalFields, fieldMark } from './canonical-row.ts';
import { RowBuffer } from './row-buffer.ts';

const nullMarker = 0;
const valueMarker = 1;

/**
 * The canonical key of rows: per key column a byte that says NULL (0) or not (1), then the column's canonical form.
 * Forms say where they end, so two keys are equal when all their values are; it is an equality, not an order. Keys that
 * the server's collation takes for one are different here: they are different rows' bytes, and it never holds both.
 */
export class RowKey {
  private readonly columns: Int32Array;
  private readonly out = new RowBuffer(256);

  /** Indexes into the columns of the table file, in the key's order. */
  constructor(columns: readonly number[]) {
    this.columns = Int32Array.from(columns);
  }

  /** The key of the row that `fields` describes in `bytes`, valid until the next call. Errors: a key column is absent. */
  of(fields: CanonicalFields, bytes: Buffer): Buffer {
    const { columns, out } = this;
    out.at = 0;
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!;
      const start = fields.fieldStart[column]!;
      if (start === fieldMark.absent) throw keyAbsent(column);
      const at = out.take(1);
      out.bytes[at] = start === fieldMark.null ? nullMarker : valueMarker;
      if (start !== fieldMark.null) out.copy(bytes, start, fields.valueEnd[column]!);
    }
    return out.bytes.subarray(0, out.at);
  }
}

function keyAbsent(column: number): TidemarkError {
  return new TidemarkError('internal/unexpected', `the key's column ${column + 1} is not in a row image`, {
    context: { column },
  });
}
