import type { RowsEvent } from '../binlog/rows-event.ts';
import { fieldMark } from '../canonical/canonical-row.ts';
import type { EventFold } from './changes.ts';
import type { FollowedChange } from './followed-actions.ts';
import type { HighestCounter } from './highest-counter.ts';
import { KeyedChanges, maxLoggedDecoders } from './keyed-changes.ts';
import type { LoggedDecoder, LoggedImages } from './logged-images.ts';
import type { MergeTable } from './merge-table.ts';
import { RowCompletion } from './row-completion.ts';
import { RowKeyReader } from './row-key-reader.ts';

/**
 * Folds events of a table with a key. Of whole images only the key is decoded, and they are kept as they were logged:
 * most of them are overwritten by later ones.
 */
export class KeyedFold implements EventFold {
  readonly changes: KeyedChanges;
  private readonly columnCount: number;
  private readonly keyColumns: Int32Array;
  private readonly afterColumns: Int32Array;
  private readonly counter: HighestCounter | undefined;
  private readonly oldKey: RowKeyReader;
  private readonly newKey: RowKeyReader;
  private readonly completion: RowCompletion;

  constructor(table: MergeTable, images: LoggedImages, counter: HighestCounter | undefined) {
    const key = table.key ?? [];
    this.changes = new KeyedChanges(images);
    this.columnCount = table.columns.length;
    this.keyColumns = Int32Array.from(key);
    const wanted = new Set(table.counter === null ? key : [...key, table.counter]);
    this.afterColumns = Int32Array.from([...wanted].sort((a, b) => a - b));
    this.counter = counter;
    this.oldKey = new RowKeyReader(table);
    this.newKey = new RowKeyReader(table);
    this.completion = new RowCompletion(images.overlay, table);
  }

  add(decoder: LoggedDecoder, event: RowsEvent, position: number): number {
    const { changes, oldKey, newKey } = this;
    const { images, before, after } = event;
    const isWhole = after !== null && holdsAll(after, decoder.columnCount) && decoder.number < maxLoggedDecoders;
    let rows = 0;
    for (let at = 0; at < images.length; rows++) {
      if (before) {
        at = decoder.before.readOnly(this.keyColumns, images, at, before);
        oldKey.ofFields(decoder.before, decoder.before.bytes);
      }
      if (!after) {
        changes.delete(oldKey, position);
        continue;
      }
      const start = at;
      if (isWhole) at = decoder.after.readOnly(this.afterColumns, images, at, after);
      else at = decoder.after.read(images, at, after);
      this.counter?.see(decoder.after, decoder.after.bytes);
      if (before) {
        newKey.ofFields(decoder.after, decoder.after.bytes, decoder.before, decoder.before.bytes);
        const row = this.move(position);
        if (isWhole) changes.overwrite(row, decoder.number, images, start, at);
        else changes.overlay(row, decoder.after, decoder.after.bytes);
      } else if (isWhole) {
        newKey.ofFields(decoder.after, decoder.after.bytes);
        changes.insert(newKey, position, decoder.number, images, start, at);
      } else this.insertPart(decoder, position);
    }
    return rows;
  }

  follow({ key, set }: FollowedChange, position: number): void {
    const { changes, oldKey, newKey } = this;
    oldKey.set(key, 0, key.length);
    if (!set) {
      changes.delete(oldKey, position);
      return;
    }
    newKey.set(set.key, 0, set.key.length);
    const { fields, bytes } = partOf(this.columnCount, set);
    changes.overlay(this.move(position), fields, bytes);
  }

  /** The number of the row under the old key, which is under the new one after that. */
  private move(position: number): number {
    const { changes, oldKey, newKey } = this;
    const row = changes.change(oldKey, position);
    if (oldKey.equals(newKey)) return row;
    changes.leave(oldKey);
    changes.arrive(row, newKey, position);
    return row;
  }

  private insertPart({ after }: LoggedDecoder, position: number): void {
    const { completion, newKey } = this;
    completion.overDefaults(after);
    const { bytes, start, stop } = completion;
    newKey.ofStored(bytes, start, stop);
    this.changes.insert(newKey, position, -1, bytes, start, stop);
  }
}

function holdsAll(present: Uint8Array, columnCount: number): boolean {
  for (let i = 0; i < columnCount; i++) if (!((present[i >> 3]! >> (i & 7)) & 1)) return false;
  return true;
}

function partOf(columnCount: number, { columns, values }: NonNullable<FollowedChange['set']>) {
  const fields = {
    fieldStart: new Int32Array(columnCount).fill(fieldMark.absent),
    valueEnd: new Int32Array(columnCount),
  };
  let at = 0;
  for (const [n, column] of columns.entries()) {
    const value = values[n];
    fields.fieldStart[column] = value ? at : fieldMark.null;
    if (value) fields.valueEnd[column] = at += value.length;
  }
  return { fields, bytes: Buffer.concat(values.filter((value) => value !== null)) };
}
