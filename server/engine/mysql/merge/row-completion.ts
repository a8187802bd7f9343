import type { LoggedRow } from '../canonical/logged-row.ts';
import { RowBuffer } from '../canonical/row-buffer.ts';
import type { MergeTable } from './merge-table.ts';
import type { RowOverlay } from './row-overlay.ts';

/**
 * Makes whole rows of images that leave columns out. After each call the row is `bytes[start, stop)`, until the next.
 * Errors: `table/unsupported` naming what is known from nowhere.
 */
export class RowCompletion {
  start = 0;
  private readonly overlay: RowOverlay;
  private readonly table: Pick<MergeTable, 'defaults'>;
  private readonly out = new RowBuffer();

  constructor(overlay: RowOverlay, table: Pick<MergeTable, 'defaults'>) {
    this.overlay = overlay;
    this.table = table;
  }

  get bytes(): Buffer {
    return this.out.bytes;
  }

  get stop(): number {
    return this.out.at;
  }

  /** A row after an update, over the one before it. */
  overBefore(after: LoggedRow, before: LoggedRow): void {
    this.out.at = 0;
    this.start = this.overlay.write(this.out, after, after.bytes, before, before.bytes);
    if (this.start < 0) throw this.overlay.incomplete(before);
  }

  /** An inserted row. */
  overDefaults(after: LoggedRow): void {
    const { overlay } = this;
    const { defaults } = this.table;
    this.out.at = 0;
    const base = defaults ? overlay.fieldsOfRow(defaults, 0, defaults.length) : undefined;
    this.start = overlay.write(this.out, after, after.bytes, base, defaults ?? undefined);
    if (this.start < 0) throw overlay.incomplete(after);
  }
}
