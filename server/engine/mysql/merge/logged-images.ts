import type { LoggedColumn } from '../binlog/logged-column.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import type { CanonicalFields } from '../canonical/canonical-row.ts';
import type { ColumnFacts } from '../canonical/column-facts.ts';
import { LoggedRow } from '../canonical/logged-row.ts';
import { RowOverlay } from './row-overlay.ts';

/** What reads the images after one form of table map. */
export interface LoggedDecoder {
  readonly number: number;
  readonly before: LoggedRow;
  readonly after: LoggedRow;
  readonly columnCount: number;
}

interface Entry extends LoggedDecoder {
  readonly columns: readonly LoggedColumn[];
  /** For images that were kept as they were logged: the other two may be in use. */
  readonly kept: LoggedRow;
}

/**
 * Decoders of one table's images. Each statement logs a table map of its own, nearly always the same one: a decoder is
 * made once for each form of it.
 */
export class LoggedImages {
  readonly overlay: RowOverlay;
  private readonly parts: RowOverlay;
  private readonly columns: readonly ColumnFacts[];
  private readonly known: Entry[] = [];
  private readonly everyColumn: Buffer;
  private lastMap: TableMapEvent | undefined;
  private lastEntry: Entry | undefined;

  constructor(columns: readonly ColumnFacts[]) {
    this.columns = columns;
    this.overlay = new RowOverlay(columns);
    this.parts = new RowOverlay(columns);
    this.everyColumn = Buffer.alloc((columns.length >> 3) + hiddenBytes, 0xff);
  }

  /** Errors: `table/unsupported` where the map is not of a table with these columns. */
  decoderOf(map: TableMapEvent): LoggedDecoder {
    if (map === this.lastMap) return this.lastEntry!;
    let found = this.known.find(({ columns }) => sameColumns(columns, map.columns));
    if (!found) {
      const row = () => new LoggedRow(this.columns, map);
      const { columns } = map;
      const number = this.known.length;
      found = { number, before: row(), after: row(), kept: row(), columns, columnCount: columns.length };
      this.known.push(found);
    }
    this.lastMap = map;
    this.lastEntry = found;
    return found;
  }

  /** The canonical row of a whole image that begins at `start`, valid until the next call. */
  decode(decoder: number, bytes: Buffer, start: number): Buffer {
    const { kept } = this.known[decoder]!;
    kept.read(bytes, start, this.everyColumn);
    return kept.payload;
  }

  /** As `RowOverlay.fieldsOfPart`, while the overlay's own fields stay valid. */
  partFields(bytes: Buffer, start: number, stop: number): CanonicalFields {
    return this.parts.fieldsOfPart(bytes, start, stop);
  }
}

/** Servers hide a few columns at the end of a table. */
const hiddenBytes = 64;

function sameColumns(one: readonly LoggedColumn[], other: readonly LoggedColumn[]): boolean {
  return (
    one.length === other.length &&
    one.every((column, n) => {
      const { type, width, size, scale } = other[n]!;
      // The width of old temporal types is not a number; it follows from the column.
      return column.type === type && Object.is(column.width, width) && column.size === size && column.scale === scale;
    })
  );
}
