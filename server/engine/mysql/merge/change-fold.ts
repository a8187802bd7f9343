import { TidemarkError } from '#server/base/error.ts';
import type { RowsEvent } from '../binlog/rows-event.ts';
import { fieldMark } from '../canonical/canonical-row.ts';
import { RowBuffer } from '../canonical/row-buffer.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { BloomFilter } from './bloom-filter.ts';
import type { Changes } from './changes.ts';
import type { FollowedChange } from './followed-actions.ts';
import { type FrozenFile, writeFrozen } from './frozen-file.ts';
import { HighestCounter } from './highest-counter.ts';
import type { KeyTable } from './key-table.ts';
import { KeyedChanges, maxLoggedDecoders } from './keyed-changes.ts';
import { type LogPosition, packPosition } from './log-position.ts';
import { type LoggedDecoder, LoggedImages } from './logged-images.ts';
import type { LoggedRows } from './logged-rows.ts';
import type { MergeTable } from './merge-table.ts';
import { RowKeyReader } from './row-key-reader.ts';
import { WholeRowChanges } from './whole-row-changes.ts';

export interface FoldOptions {
  /** Where changes go that do not fit into memory. */
  readonly scratchFolder: string;
  /** Above this the changes so far are written down. Half of it for an instant more, while tables grow. */
  readonly limitBytes?: number;
}

/** Changes that were written down, and what says which rows they may concern. */
export interface FrozenSpan {
  readonly file: FrozenFile;
  readonly filter: BloomFilter;
}

/** A quarter of a million changed rows of 400 bytes. */
const defaultLimitBytes = 128 * 1024 * 1024;
/** All filters together, of the limit: more would let memory grow with the log. */
const filterShare = 8;

/**
 * Folds the row events of one table, in commit order, to what they come to for each row of the backup. The table has
 * one definition all along; the caller begins another fold where the log alters it. Memory is bound by `limitBytes`:
 * what is more becomes spans on scratch files, each folded in itself, that the rows then pass in turn.
 *
 * Errors: `restore/log-mismatch`, `table/unsupported` where images leave out what nobody knows, `node/protocol`,
 * `scratch/unusable`.
 */
export class ChangeFold {
  readonly table: MergeTable;
  readonly images: LoggedImages;
  readonly scratchFolder: string;
  /** Earliest first. */
  readonly frozen: FrozenSpan[] = [];
  /** Rows in the log: a change of a row counts once. */
  loggedRows = 0;
  private readonly keyed: KeyedChanges | undefined;
  private readonly whole: WholeRowChanges | undefined;
  private readonly limitBytes: number;
  private readonly keyColumns: Int32Array;
  private readonly afterColumns: Int32Array;
  private readonly counter: HighestCounter | undefined;
  private readonly oldKey: RowKeyReader;
  private readonly newKey: RowKeyReader;
  private readonly scratch = new RowBuffer();
  private readonly defaults: Buffer | null;

  constructor(table: MergeTable, { scratchFolder, limitBytes = defaultLimitBytes }: FoldOptions) {
    this.table = table;
    this.scratchFolder = scratchFolder;
    this.limitBytes = limitBytes;
    this.images = new LoggedImages(table.columns);
    if (table.key) this.keyed = new KeyedChanges(this.images);
    else this.whole = new WholeRowChanges();
    const { key, counter } = table;
    this.keyColumns = Int32Array.from(key ?? []);
    this.afterColumns = Int32Array.from(
      [...new Set([...(key ?? []), ...(counter === null ? [] : [counter])])].sort((a, b) => a - b),
    );
    this.counter = counter === null ? undefined : new HighestCounter(counter, table.columns[counter]!);
    this.oldKey = new RowKeyReader(table);
    this.newKey = new RowKeyReader(table);
    this.defaults = table.defaults;
  }

  /** Of the last span, which is in memory. */
  get changes(): Changes {
    return this.keyed ?? this.whole!;
  }

  /** Computed columns were left out of images: their values are not known before a server computes them. */
  get computedUnknown(): boolean {
    return this.images.overlay.computedUnknown;
  }

  /**
   * The highest AUTO_INCREMENT value that the log names, of rows that are gone too: the next one must be above it. null:
   * none.
   */
  get highestCounter(): bigint | null {
    return this.counter?.value ?? null;
  }

  /** Bytes of the changes in memory. */
  get usedBytes(): number {
    return this.changes.usedBytes;
  }

  /** After each event: when this is so, `spill` before the next. */
  get full(): boolean {
    return this.usedBytes > this.limitBytes;
  }

  /** Rows whose changes are in memory. */
  get size(): number {
    return this.keyTable.size;
  }

  /** The images are not kept. */
  add({ map, event, position }: LoggedRows): void {
    const decoder = this.images.decoderOf(map);
    const at = packPosition(position);
    if (event.columnCount !== decoder.columnCount)
      throw protocolError('rows event: not as many columns as its table map');
    if (event.images.length === 0 && !hasColumns(event)) throw rowsOfNothing(position);
    if (this.whole) this.addWholeRows(this.whole, decoder, event, at);
    else this.addKeyed(this.keyed!, decoder, event, at);
  }

  /** A change that a foreign key made, which is nowhere in the log; `position` is that of the event it followed from. */
  follow({ key, set }: FollowedChange, position: LogPosition): void {
    const { keyed, oldKey, newKey } = this;
    if (!keyed) throw new TypeError('actions of foreign keys reach only tables with a key');
    const at = packPosition(position);
    oldKey.set(key, 0, key.length);
    if (!set) {
      keyed.delete(oldKey, at);
      return;
    }
    newKey.set(set.key, 0, set.key.length);
    const { fields, bytes } = partOf(this.table.columns.length, set);
    keyed.overlay(this.move(keyed, at), fields, bytes);
  }

  async spill(): Promise<void> {
    const { keyTable } = this;
    const filter = new BloomFilter(keyTable.size);
    for (let n = 0; n < keyTable.size; n++) if (keyTable.hasKey(n)) filter.add(keyTable.hashOf(n));
    this.frozen.push({ file: await writeFrozen(this.scratchFolder, this.changes.freeze()), filter });
    this.changes.clear();
    while (this.filterBytes() > this.limitBytes / filterShare && this.halveFilters());
  }

  /** Gives back what scratch files hold. */
  async close(): Promise<void> {
    await Promise.all(this.frozen.map(({ file }) => file.close()));
    this.frozen.length = 0;
  }

  private addKeyed(keyed: KeyedChanges, decoder: LoggedDecoder, event: RowsEvent, position: number): void {
    const { images, before, after } = event;
    const wholeAfter = after !== null && holdsAll(after, decoder.columnCount) && decoder.number < maxLoggedDecoders;
    for (let at = 0; at < images.length; this.loggedRows++) {
      if (before) {
        at = decoder.before.readOnly(this.keyColumns, images, at, before);
        this.oldKey.ofFields(decoder.before, decoder.before.bytes);
      }
      if (!after) {
        keyed.delete(this.oldKey, position);
        continue;
      }
      const start = at;
      if (wholeAfter) at = decoder.after.readOnly(this.afterColumns, images, at, after);
      else at = decoder.after.read(images, at, after);
      this.counter?.see(decoder.after, decoder.after.bytes);
      if (before) {
        this.newKey.ofFields(decoder.after, decoder.after.bytes, decoder.before, decoder.before.bytes);
        const row = this.move(keyed, position);
        if (wholeAfter) keyed.overwrite(row, decoder.number, images, start, at);
        else keyed.overlay(row, decoder.after, decoder.after.bytes);
      } else if (wholeAfter) {
        this.newKey.ofFields(decoder.after, decoder.after.bytes);
        keyed.insert(this.newKey, position, decoder.number, images, start, at);
      } else this.insertPart(keyed, decoder, position);
    }
  }

  /** The number of the row that an update changes, under the key it has after that. */
  private move(keyed: KeyedChanges, position: number): number {
    const { oldKey, newKey } = this;
    const row = keyed.change(oldKey, position);
    if (sameKey(oldKey, newKey)) return row;
    keyed.leave(oldKey);
    keyed.arrive(row, newKey, position);
    return row;
  }

  private insertPart(keyed: KeyedChanges, { after }: LoggedDecoder, position: number): void {
    const { scratch } = this;
    const start = this.fill(after);
    this.newKey.ofStored(scratch.bytes, start, scratch.at);
    keyed.insert(this.newKey, position, -1, scratch.bytes, start, scratch.at);
  }

  private addWholeRows(whole: WholeRowChanges, decoder: LoggedDecoder, event: RowsEvent, position: number): void {
    const { images, before, after } = event;
    const { scratch } = this;
    for (let at = 0; at < images.length; this.loggedRows++) {
      if (before) {
        at = decoder.before.read(images, at, before);
        this.readWholeKey(this.oldKey, decoder.before);
        whole.delete(this.oldKey, position);
      }
      if (!after) continue;
      at = decoder.after.read(images, at, after);
      this.counter?.see(decoder.after, decoder.after.bytes);
      if (decoder.after.complete) {
        const { payload } = decoder.after;
        this.newKey.ofStored(payload, 0, payload.length);
        whole.insert(this.newKey, position, payload, 0, payload.length);
      } else {
        const start = before ? this.lay(decoder) : this.fill(decoder.after);
        this.newKey.ofStored(scratch.bytes, start, scratch.at);
        whole.insert(this.newKey, position, scratch.bytes, start, scratch.at);
      }
    }
  }

  private readWholeKey(key: RowKeyReader, row: LoggedDecoder['before']): void {
    if (row.complete) {
      const { payload } = row;
      key.ofStored(payload, 0, payload.length);
    } else key.ofFields(row, row.bytes);
  }

  /** An image after an update, over the one before it, into `scratch`; returns where the row begins. */
  private lay({ before, after }: LoggedDecoder): number {
    const { scratch } = this;
    scratch.at = 0;
    const start = this.images.overlay.write(scratch, after, after.bytes, before, before.bytes);
    if (start < 0) throw this.images.overlay.incomplete(before);
    return start;
  }

  /** The same of an inserted row, over the defaults. */
  private fill(after: LoggedDecoder['after']): number {
    const { scratch, defaults } = this;
    const { overlay } = this.images;
    scratch.at = 0;
    const base = defaults ? overlay.fieldsOfRow(defaults, 0, defaults.length) : undefined;
    const start = overlay.write(scratch, after, after.bytes, base, defaults ?? undefined);
    if (start < 0) throw overlay.incomplete(after);
    return start;
  }

  private get keyTable(): KeyTable {
    return (this.keyed ?? this.whole!).table;
  }

  private filterBytes(): number {
    return this.frozen.reduce((bytes, { filter }) => bytes + filter.bytes, 0);
  }

  private halveFilters(): boolean {
    const before = this.filterBytes();
    for (const { filter } of this.frozen) filter.halve();
    return this.filterBytes() < before;
  }
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

function sameKey(one: RowKeyReader, other: RowKeyReader): boolean {
  if (one.hash !== other.hash || one.stop - one.start !== other.stop - other.start) return false;
  for (let i = one.start, k = other.start; i < one.stop; i++, k++) if (one.bytes[i] !== other.bytes[k]) return false;
  return true;
}

/** Rows of no columns take no bytes: nobody can tell how many there are. */
function hasColumns({ before, after }: RowsEvent): boolean {
  return [before, after].some((present) => present?.some((bits) => bits !== 0));
}

function rowsOfNothing({ file, offset }: LogPosition): TidemarkError {
  return new TidemarkError(
    'table/unsupported',
    'the log holds rows of which it shows no column, so not even their number',
    {
      hint: 'The server logs with binlog_row_image MINIMAL, and rows of defaults alone were inserted. Restore to the end of a backup instead.',
      context: { file, offset },
    },
  );
}

function holdsAll(present: Uint8Array, columnCount: number): boolean {
  for (let i = 0; i < columnCount; i++) if (!((present[i >> 3]! >> (i & 7)) & 1)) return false;
  return true;
}
