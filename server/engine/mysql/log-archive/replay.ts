import { crc32 } from 'node:zlib';
import type { LogIndex } from '#server/manifest/log-schema.ts';
import { damagedObject } from '#server/manifest/parse.ts';
import type { Storage } from '#server/storage/contract.ts';
import { checksumBytes } from '../binlog/checksum.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { binlogMagic } from '../binlog/file-events.ts';
import { recordTag } from './layout.ts';
import { readLogStream } from './read-stream.ts';
import { StreamCursor } from './stream-cursor.ts';

/** Larger events are given out in pieces, as they came. */
const wholeBytes = 1024 * 1024;

/** What a segment holds, in the order of the log. Buffers are valid until the next step. */
export type LogStep =
  | { readonly kind: 'file'; readonly name: string; readonly position: number }
  | { readonly kind: 'received'; readonly ms: number }
  /** An event before the segment, for reading it. */
  | { readonly kind: 'context'; readonly event: Buffer }
  /** An event with its checksum, or the beginning of one of `length` bytes. */
  | { readonly kind: 'event'; readonly bytes: Buffer; readonly length: number; readonly position: number }
  | { readonly kind: 'more'; readonly bytes: Buffer };

/**
 * The events of a segment in their order, each again what the server wrote, checksum included. Reads the header stream
 * and the streams of all tables side by side: a frame of each is in memory. Errors: `destination/object-damaged`,
 * `destination/object-missing`, naming the segment. What it gives out is proven by `rebuildLog` only.
 */
export async function* replayLog(
  storage: Storage,
  key: string,
  index: Pick<LogIndex, 'header' | 'tables'>,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<LogStep> {
  const replay = new Replay(storage, key, index, options);
  try {
    while (await replay.header.more()) {
      yield* replay.record();
    }
  } finally {
    await replay.close();
  }
}

class Replay {
  readonly header: StreamCursor;
  readonly #key: string;
  readonly #bodies = new Map<number, () => StreamCursor>();
  readonly #open = new Map<number, StreamCursor>();
  #checksum = 0;
  #position = 0;

  constructor(
    storage: Storage,
    key: string,
    index: Pick<LogIndex, 'header' | 'tables'>,
    options: { signal?: AbortSignal },
  ) {
    this.#key = key;
    this.header = new StreamCursor(key, readLogStream(storage, key, index.header, options));
    for (const { stream, frames } of index.tables) {
      this.#bodies.set(stream, () => new StreamCursor(key, readLogStream(storage, key, frames, options)));
    }
  }

  async close(): Promise<void> {
    for (const cursor of [this.header, ...this.#open.values()]) await cursor.close();
  }

  async *record(): AsyncGenerator<LogStep> {
    const { header } = this;
    const tag = (await header.take(1))[0];
    if (tag === recordTag.event) yield* this.#event(this.header);
    else if (tag === recordTag.rows) yield* this.#rows();
    else if (tag === recordTag.received)
      yield { kind: 'received', ms: Number((await header.take(8)).readBigUInt64LE()) };
    else if (tag === recordTag.file) yield await this.#file();
    else if (tag === recordTag.context) {
      const event = await header.take((await header.take(4)).readUInt32LE());
      this.#read(event);
      yield { kind: 'context', event };
    } else if (tag === recordTag.table) await this.#skipTable();
    else throw damagedObject(this.#key, `a record of its header stream has tag ${tag}`);
  }

  async #file(): Promise<LogStep> {
    const head = await this.header.take(10);
    const begin = Number(head.readBigUInt64LE());
    const name = (await this.header.take(head.readUInt16LE(8))).toString();
    this.#position = begin === 0 ? binlogMagic.length : begin;
    return { kind: 'file', name, position: begin };
  }

  async #skipTable(): Promise<void> {
    await this.header.take(4);
    for (const _ of ['database', 'table']) await this.header.take((await this.header.take(2)).readUInt16LE());
  }

  async *#event(body: StreamCursor): AsyncGenerator<LogStep> {
    const head = Buffer.from(await this.header.take(eventHeaderBytes));
    yield* this.#whole(head, body);
  }

  async *#rows(): AsyncGenerator<LogStep> {
    const { header } = this;
    const record = await header.take(6);
    const stream = record.readUInt32LE();
    const head = Buffer.from(await header.take(record.readUInt16LE(4)));
    let body = this.#open.get(stream);
    if (!body) {
      const open = this.#bodies.get(stream);
      if (!open) throw damagedObject(this.#key, `its index names no stream ${stream}`);
      body = open();
      this.#open.set(stream, body);
    }
    yield* this.#whole(head, body);
  }

  /** `head`, at least the header of the event, and what follows it in `body`. */
  async *#whole(head: Buffer, body: StreamCursor): AsyncGenerator<LogStep> {
    if (head.length < eventHeaderBytes) throw damagedObject(this.#key, 'an event of it has no header');
    const length = head.readUInt32LE(9);
    const checksum = head[4] === eventType.formatDescription ? 0 : this.#checksum;
    const left = length - checksum - head.length;
    if (left < 0) throw damagedObject(this.#key, `an event of it is ${length} bytes long`);
    const position = this.#position;
    this.#position += length;
    if (length > wholeBytes) {
      yield* this.#pieces(head, body, { length, left, position, checksum });
      return;
    }
    const bytes = Buffer.allocUnsafe(length);
    bytes.set(head);
    if (left > 0) bytes.set(await body.take(left), head.length);
    if (checksum > 0) bytes.writeUInt32LE(crc32(bytes.subarray(0, length - checksum)), length - checksum);
    if (head[4] === eventType.formatDescription) this.#read(bytes);
    yield { kind: 'event', bytes, length, position };
  }

  async *#pieces(
    head: Buffer,
    body: StreamCursor,
    event: { length: number; left: number; position: number; checksum: number },
  ): AsyncGenerator<LogStep> {
    const first = Buffer.concat([head, await body.take(Math.min(event.left, wholeBytes / 4))]);
    let crc = crc32(first);
    yield { kind: 'event', bytes: first, length: event.length, position: event.position };
    for (let left = event.left - (first.length - head.length); left > 0; ) {
      const bytes = await body.some(left);
      left -= bytes.length;
      crc = crc32(bytes, crc);
      yield { kind: 'more', bytes };
    }
    if (event.checksum === 0) return;
    const bytes = Buffer.alloc(checksumBytes);
    bytes.writeUInt32LE(crc);
    yield { kind: 'more', bytes };
  }

  #read(event: Buffer): void {
    if (event[4] !== eventType.formatDescription) return;
    this.#checksum = event[event.length - checksumBytes - 1] === 1 ? checksumBytes : 0;
  }
}
