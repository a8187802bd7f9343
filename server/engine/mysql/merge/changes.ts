import type { RowsEvent } from '../binlog/rows-event.ts';
import type { RowBuffer } from '../canonical/row-buffer.ts';
import type { ByteArena } from './byte-arena.ts';
import type { FollowedChange } from './followed-actions.ts';
import type { KeyTable } from './key-table.ts';
import type { LoggedDecoder } from './logged-images.ts';
import type { RowKeyReader } from './row-key-reader.ts';

/** What the changes make of a row. */
export const fate = { keep: 0, drop: 1, replace: 2 } as const;

/** The changes of a span of the log: folded, then looked up by the rows of the input. */
export interface Changes {
  /** What they are found by. */
  readonly table: KeyTable;
  readonly usedBytes: number;
  clear(): void;
  /** Shares everything: valid until the next change or `clear`. */
  freeze(): FrozenChanges;
  /** Changes nothing here, so that what is folded can be merged more than once. */
  lookup(): ChangeLookup;
}

/** Makes changes of events. */
export interface EventFold {
  readonly changes: Changes;
  /** `position` is packed. Returns how many rows the event changed. Errors: those of ChangeFold. */
  add(decoder: LoggedDecoder, event: RowsEvent, position: number): number;
  follow(change: FollowedChange, position: number): void;
}

/** Folded changes as what can be written down. */
export interface FrozenChanges {
  readonly columns: readonly NumberColumn[];
  readonly keys: ByteArena;
  readonly images: ByteArena;
}

export type NumberColumn = Uint8Array | Uint32Array | Float64Array;

/** One pass of the input rows. Errors of all: `restore/log-mismatch`. */
export interface ChangeLookup {
  /** What becomes of the row whose key was read last. */
  meet(key: RowKeyReader): number;
  /** Appends what replaces the row that was met last, `bytes[start, stop)`. */
  writeReplacement(bytes: Buffer, start: number, stop: number, out: RowBuffer): void;
  /** Appends a row that no input row became. From 0 on, each call says where the next goes on; -1: there was none. */
  newRows(from: number, out: RowBuffer): number;
  /** All input rows have been met. */
  finish(): void;
}
