import { TidemarkError } from '#server/base/error.ts';
import type { RowsEvent } from '../binlog/rows-event.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { BloomFilter } from './bloom-filter.ts';
import type { Changes, EventFold } from './changes.ts';
import type { FollowedChange } from './followed-actions.ts';
import { type FrozenFile, writeFrozen } from './frozen-file.ts';
import { HighestCounter } from './highest-counter.ts';
import { KeyedFold } from './keyed-fold.ts';
import { type LogPosition, packPosition } from './log-position.ts';
import { LoggedImages } from './logged-images.ts';
import type { LoggedRows } from './logged-rows.ts';
import type { MergeTable } from './merge-table.ts';
import { WholeRowFold } from './whole-row-fold.ts';

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
  private readonly limitBytes: number;
  private readonly counter: HighestCounter | undefined;
  private readonly fold: EventFold;

  constructor(table: MergeTable, { scratchFolder, limitBytes = defaultLimitBytes }: FoldOptions) {
    this.table = table;
    this.scratchFolder = scratchFolder;
    this.limitBytes = limitBytes;
    this.images = new LoggedImages(table.columns);
    const { key, counter, columns } = table;
    this.counter = counter === null ? undefined : new HighestCounter(counter, columns[counter]!);
    const Fold = key ? KeyedFold : WholeRowFold;
    this.fold = new Fold(table, this.images, this.counter);
  }

  /** Of the last span, which is in memory. */
  get changes(): Changes {
    return this.fold.changes;
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
    return this.changes.table.size;
  }

  /** The images are not kept. */
  add({ map, event, position }: LoggedRows): void {
    const decoder = this.images.decoderOf(map);
    if (event.columnCount !== decoder.columnCount)
      throw protocolError('rows event: not as many columns as its table map');
    if (event.images.length === 0 && !hasColumns(event)) throw rowsOfNothing(position);
    this.loggedRows += this.fold.add(decoder, event, packPosition(position));
  }

  /** A change that a foreign key made, which is nowhere in the log; `position` is that of the event it followed from. */
  follow(change: FollowedChange, position: LogPosition): void {
    this.fold.follow(change, packPosition(position));
  }

  async spill(): Promise<void> {
    const { table } = this.changes;
    const filter = new BloomFilter(table.size);
    for (let n = 0; n < table.size; n++) if (table.hasKey(n)) filter.add(table.hashOf(n));
    this.frozen.push({ file: await writeFrozen(this.scratchFolder, this.changes.freeze()), filter });
    this.changes.clear();
    while (this.filterBytes() > this.limitBytes / filterShare && this.halveFilters());
  }

  /** Gives back what scratch files hold. */
  async close(): Promise<void> {
    await Promise.all(this.frozen.map(({ file }) => file.close()));
    this.frozen.length = 0;
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
