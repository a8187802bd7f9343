import { createHash } from 'node:crypto';
import { logIndex as indexSchema, type LogIndex, type LogSummary, logFormat } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { RowChange } from '../binlog/rows-event.ts';
import { FramePump, type FramePumpOptions, type StoredObject } from './frame-pump.ts';
import { groupsOfTable } from './largest-groups.ts';
import { recordTag } from './layout.ts';
import type { SharedMemory } from './shared-memory.ts';
import { type StreamBuffer, StreamBuffers } from './stream-buffers.ts';
import { type LoggedGroup, SegmentTally, TableTally } from './tally.ts';

/** A table as the events of a log name it. One object as long as its map does not change. */
export interface TableName {
  readonly database: string;
  readonly table: string;
}

export interface SegmentWriterOptions extends FramePumpOptions {
  readonly storage: Storage;
  readonly key: string;
  /** Raw bytes of a full frame: larger ones are fewer to read, and cost memory. */
  readonly frameBytes: number;
  /** What is gathered for frames, of all streams together. */
  readonly budgetBytes: number;
  /** Where that is gathered; writers that follow one another use it again. */
  readonly memory?: SharedMemory;
}

/** The summary but for what the writer itself knows. */
export type SummaryOutside = Omit<LogSummary, 'rawBytes' | 'rawSha256' | 'events' | 'counts' | 'times' | 'received'>;

/**
 * Puts the bytes of a log into one segment while they come: row bodies into the streams of their tables, everything else
 * into the header stream (see layout.ts). Its verbs are called in the order of the log and never wait; whoever calls
 * them stops while `full`. Memory is bounded by `budgetBytes` and a few frames. Errors of the destination are thrown by
 * `finish`, and tell themselves by `failed`.
 */
export class LogSegmentWriter {
  readonly key: string;
  readonly tally = new SegmentTally();
  readonly failed: Promise<never>;
  /** Of the log, so far. */
  rawBytes = 0;
  readonly #pump: FramePump;
  readonly #buffers: StreamBuffers;
  readonly #header: StreamBuffer;
  readonly #tables = new Map<string, TableTally>();
  readonly #known = new Map<TableName, TableTally>();
  readonly #mostGroups = () => groupsOfTable(this.#tables.size);
  readonly #hash = createHash('sha256');
  #firstReceived = 0;
  #lastReceived = 0;

  constructor(options: SegmentWriterOptions) {
    this.key = options.key;
    this.#pump = new FramePump(options.storage, options.key, options);
    this.failed = this.#pump.failed;
    this.#buffers = new StreamBuffers(this.#pump, options);
    this.#header = this.#buffers.open();
  }

  get full(): boolean {
    return this.#pump.full;
  }

  /** The log's own bytes, whatever becomes of them. */
  raw(bytes: Buffer): void {
    this.rawBytes += bytes.length;
    this.#hash.update(bytes);
  }

  received(ms: number): void {
    if (ms === this.#lastReceived) return;
    if (this.#firstReceived === 0) this.#firstReceived = ms;
    this.#lastReceived = ms;
    const { bytes, used } = this.#record(recordTag.received, 8);
    bytes.writeBigUInt64LE(BigInt(ms), used);
    this.#header.used += 8;
  }

  file(name: string, position: number): void {
    const text = Buffer.from(name);
    const { bytes, used } = this.#record(recordTag.file, 10 + text.length);
    bytes.writeBigUInt64LE(BigInt(position), used);
    bytes.writeUInt16LE(text.length, used + 8);
    bytes.set(text, used + 10);
    this.#header.used += 10 + text.length;
  }

  context(event: Buffer): void {
    const { bytes, used } = this.#record(recordTag.context, 4);
    bytes.writeUInt32LE(event.length, used);
    this.#header.used += 4;
    this.#buffers.append(this.#header, event);
  }

  /** The bytes of an event that is no row event, from `start` to `end`; of a larger one its first. */
  event(bytes: Buffer, end: number): void {
    this.tally.events++;
    this.#record(recordTag.event, 0);
    this.#buffers.append(this.#header, bytes, 0, end);
  }

  /** More bytes of the event that was begun; `null`: it was no row event. */
  more(table: TableName | null, bytes: Buffer, end: number): void {
    this.#buffers.append(table ? this.#tallyOf(table).body : this.#header, bytes, 0, end);
  }

  /** A row event: its head ends at `headBytes`, its body at `end`. */
  rows(table: TableName, bytes: Buffer, headBytes: number, end: number): void {
    this.tally.events++;
    const { body } = this.#tallyOf(table);
    const { bytes: to, used } = this.#record(recordTag.rows, 6 + headBytes);
    to.writeUInt32LE(body.stream, used);
    to.writeUInt16LE(headBytes, used + 4);
    bytes.copy(to, used + 6, 0, headBytes);
    this.#header.used += 6 + headBytes;
    this.#buffers.append(body, bytes, headBytes, end);
  }

  /** `rows` -1: they could not be counted. */
  count(table: TableName, group: LoggedGroup, change: RowChange, rows: number): void {
    if (rows < 0) this.tally.uncounted++;
    this.#tallyOf(table).add(group, change, Math.max(1, rows));
  }

  /** The segment is there, whole, once this resolves. */
  async finish(outside: SummaryOutside): Promise<{ stored: StoredObject; summary: LogSummary }> {
    this.#buffers.flushAll();
    await this.#pump.settled();
    const index = this.#index(outside);
    const stored = await this.#pump.finish(Buffer.from(JSON.stringify(index)));
    return { stored, summary: index.summary };
  }

  /** Nothing is left of it. Never throws. */
  abandon(): Promise<void> {
    return this.#pump.abandon();
  }

  #index(outside: SummaryOutside): LogIndex {
    const { tally } = this;
    const tables = [...this.#tables.values()].map((table) => table.result());
    const instant = (ms: number) => new Date(ms).toISOString();
    const summary: LogSummary = {
      ...outside,
      rawBytes: this.rawBytes,
      rawSha256: this.#hash.digest('hex'),
      events: tally.events,
      counts: tally.counts(tables),
      times:
        tally.firstTime === null
          ? null
          : { first: instant(tally.firstTime * 1000), last: instant(tally.lastTime! * 1000) },
      received:
        this.#firstReceived === 0 ? null : { first: instant(this.#firstReceived), last: instant(this.#lastReceived) },
    };
    const { statements, leftOut } = tally;
    const { frames } = this.#header;
    return indexSchema.parse({
      ...{ format: logFormat, summary, header: frames, tables, statements, statementsLeftOut: leftOut },
    });
  }

  #tallyOf(name: TableName): TableTally {
    const known = this.#known.get(name);
    if (known) return known;
    const key = `${name.database}\0${name.table}`;
    const tally = this.#tables.get(key) ?? this.#open(name, key);
    // Every new map of a table is a new object; those of a segment are few, unless tables are flushed all the time.
    if (this.#known.size > 10_000) this.#known.clear();
    this.#known.set(name, tally);
    return tally;
  }

  #open({ database, table }: TableName, key: string): TableTally {
    const tally = new TableTally(database, table, this.#buffers.open(), this.#mostGroups);
    this.#tables.set(key, tally);
    const names = [Buffer.from(database), Buffer.from(table)];
    const bytes = 8 + names[0]!.length + names[1]!.length;
    const { bytes: to, used } = this.#record(recordTag.table, bytes);
    to.writeUInt32LE(tally.body.stream, used);
    let at = used + 4;
    for (const name of names) {
      to.writeUInt16LE(name.length, at);
      to.set(name, at + 2);
      at += 2 + name.length;
    }
    this.#header.used += bytes;
    return tally;
  }

  /** Room in the header stream for a tag, which is written, and `count` bytes. */
  #record(tag: number, count: number): StreamBuffer {
    this.#buffers.reserve(this.#header, 1 + count);
    this.#header.bytes[this.#header.used++] = tag;
    return this.#header;
  }
}
