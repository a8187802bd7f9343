import { checksumBytes } from '../binlog/checksum.ts';
import { eventType } from '../binlog/event-type.ts';
import { binlogMagic } from '../binlog/file-events.ts';
import type { LogSink } from '../replication/log-reader.ts';
import type { LogCursor } from './log-cursor.ts';
import { LoggedTables } from './logged-tables.ts';
import { rowsHead } from './rows-head.ts';
import type { LogSegmentWriter, TableName } from './segment-writer.ts';

export interface LogScanOptions {
  readonly cursor: LogCursor;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** See `asking`: where writers are wanted only once there is something to write, which lies there. */
  readonly beforeEvent: (file: string, position: number) => void;
  /** Called when an event is whole. */
  readonly afterEvent: () => void;
  readonly onIdle: () => void;
}

/**
 * Reads a log as it comes, once, and hands it to segment writers: what goes where, how many rows it changes, and where
 * the log stands. Writers may be exchanged between any two events.
 */
export class LogScan implements LogSink {
  readonly cursor: LogCursor;
  readonly tables = new LoggedTables();
  /** true: the stream is held back, as if a writer were full. */
  held = false;
  /** true: `beforeEvent` is called before the next event. */
  asking = false;
  #writers: readonly LogSegmentWriter[] = [];
  readonly #beforeEvent: LogScanOptions['beforeEvent'];
  readonly #afterEvent: () => void;
  readonly #onIdle: () => void;
  readonly #now: () => number;
  #file = '';
  #format: Buffer = Buffer.alloc(0);
  #checksum = 0;
  #placed = false;
  /** Of the event in pieces: bytes to come, and whose body they are. */
  #left = 0;
  #pieceOf: TableName | null = null;

  constructor(options: LogScanOptions) {
    this.cursor = options.cursor;
    this.#now = options.now;
    this.#beforeEvent = options.beforeEvent;
    this.#afterEvent = options.afterEvent;
    this.#onIdle = options.onIdle;
  }

  get full(): boolean {
    if (this.held) return true;
    for (const writer of this.#writers) if (writer.full) return true;
    return false;
  }

  /** From the next event on. A writer that is new learns what it needs to be read on its own. */
  write(writers: readonly LogSegmentWriter[]): void {
    const known = this.#writers;
    this.#writers = writers;
    for (const writer of writers) if (!known.includes(writer)) this.#introduce(writer);
  }

  /** Takes up what an archive ended with: see LogPlace.context. */
  restore(context: readonly Buffer[]): void {
    for (const event of context) {
      if (event[4] === eventType.formatDescription) this.#read(event);
      else if (event[4] === eventType.tableMap) this.tables.map(event, event.length);
      else this.cursor.openGroup(event);
    }
  }

  /** The events without which what comes next cannot be read. */
  context(): Buffer[] {
    const { cursor } = this;
    const ofGroup = cursor.groupOpen ? [cursor.groupEvent, ...this.tables.events()] : [];
    return this.#format.length > 0 ? [this.#format, ...ofGroup] : ofGroup;
  }

  file(name: string): void {
    this.#file = name;
    this.#placed = false;
  }

  format(event: Buffer): void {
    this.#read(event);
    for (const writer of this.#writers) writer.context(this.#format);
  }

  event(bytes: Buffer, length: number, position: number): void {
    if (this.asking) this.#beforeEvent(this.#file, position);
    const type = bytes[4]!;
    if (type === eventType.formatDescription) this.#read(bytes);
    const checksum = type === eventType.formatDescription ? 0 : this.#checksum;
    const end = Math.min(bytes.length, length - checksum);
    if (!this.#placed || position !== this.cursor.position) this.#place(position);
    if (this.cursor.begins(type)) this.#groupBegins();
    for (const writer of this.#writers) writer.raw(bytes);
    this.#left = length - bytes.length;
    this.#pieceOf = null;
    this.cursor.event(this.#file, bytes, length, position, end, this.#writers);
    const head = rowsHead(bytes, end);
    const table = head ? this.tables.get(head.tableId) : undefined;
    if (head && table) {
      this.#pieceOf = table;
      const rows = this.#left > 0 ? -1 : table.count(bytes, end, head);
      for (const writer of this.#writers) {
        writer.rows(table, bytes, head.bytes, end);
        writer.count(table, this.cursor.group, head.change, rows);
      }
    } else {
      if (type === eventType.tableMap && this.#left === 0) this.tables.map(bytes, end);
      for (const writer of this.#writers) writer.event(bytes, end);
    }
    if (this.#left === 0) this.#afterEvent();
  }

  more(bytes: Buffer): void {
    const end = Math.max(0, Math.min(bytes.length, this.#left - this.#checksum));
    this.#left -= bytes.length;
    for (const writer of this.#writers) {
      writer.raw(bytes);
      writer.more(this.#pieceOf, bytes, end);
    }
    this.cursor.more(bytes);
    if (this.#left === 0) this.#afterEvent();
  }

  idle(): void {
    this.#onIdle();
  }

  #introduce(writer: LogSegmentWriter): void {
    if (this.#placed) writer.file(this.cursor.file, this.cursor.position);
    for (const event of this.context()) writer.context(event);
  }

  #place(position: number): void {
    this.#placed = true;
    const begins = position === binlogMagic.length;
    for (const writer of this.#writers) {
      writer.file(this.#file, begins ? 0 : position);
      if (begins) writer.raw(binlogMagic);
    }
  }

  #groupBegins(): void {
    this.tables.groupBegins();
    const ms = this.#now();
    for (const writer of this.#writers) writer.received(ms);
  }

  #read(format: Buffer): void {
    this.#format = Buffer.from(format);
    this.#checksum = format[format.length - checksumBytes - 1] === 1 ? checksumBytes : 0;
  }
}
