import type { RowsEvent } from '../binlog/rows-event.ts';
import type { LoggedRow } from '../canonical/logged-row.ts';
import type { EventFold } from './changes.ts';
import type { HighestCounter } from './highest-counter.ts';
import type { LoggedDecoder, LoggedImages } from './logged-images.ts';
import type { MergeTable } from './merge-table.ts';
import { RowCompletion } from './row-completion.ts';
import { RowKeyReader } from './row-key-reader.ts';
import { WholeRowChanges } from './whole-row-changes.ts';

/** Folds events of a table without a key: an update is one row less and one more. */
export class WholeRowFold implements EventFold {
  readonly changes = new WholeRowChanges();
  private readonly counter: HighestCounter | undefined;
  private readonly key: RowKeyReader;
  private readonly completion: RowCompletion;

  constructor(table: MergeTable, images: LoggedImages, counter: HighestCounter | undefined) {
    this.counter = counter;
    this.key = new RowKeyReader(table);
    this.completion = new RowCompletion(images.overlay, table);
  }

  add(decoder: LoggedDecoder, { images, before, after }: RowsEvent, position: number): number {
    const { changes, key } = this;
    let rows = 0;
    for (let at = 0; at < images.length; rows++) {
      if (before) {
        at = decoder.before.read(images, at, before);
        this.readKey(decoder.before);
        changes.delete(key, position);
      }
      if (!after) continue;
      at = decoder.after.read(images, at, after);
      this.counter?.see(decoder.after, decoder.after.bytes);
      if (decoder.after.complete) {
        const { payload } = decoder.after;
        this.insert(payload, 0, payload.length, position);
      } else {
        if (before) this.completion.overBefore(decoder.after, decoder.before);
        else this.completion.overDefaults(decoder.after);
        const { bytes, start, stop } = this.completion;
        this.insert(bytes, start, stop, position);
      }
    }
    return rows;
  }

  follow(): void {
    throw new TypeError('actions of foreign keys reach only tables with a key');
  }

  private insert(bytes: Buffer, start: number, stop: number, position: number): void {
    this.key.ofStored(bytes, start, stop);
    this.changes.insert(this.key, position, bytes, start, stop);
  }

  /** Computed columns may be left out: they are no part of it. */
  private readKey(row: LoggedRow): void {
    if (row.complete) {
      const { payload } = row;
      this.key.ofStored(payload, 0, payload.length);
    } else this.key.ofFields(row, row.bytes);
  }
}
