import { damagedObject } from '#server/manifest/parse.ts';
import { checksumBytes } from '../binlog/checksum.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { binlogMagic } from '../binlog/file-events.ts';
import { recordTag } from '../log-archive/layout.ts';

const none = Buffer.alloc(0);

/**
 * The records of a segment's header stream, one after the other, as its frames come: `push` a frame, then `next` until
 * it says that there is no whole record left. What it says of a record is valid until the next call of either. Errors:
 * `destination/object-damaged`, naming the segment.
 */
export class HeaderRecords {
  /** A recordTag. */
  tag = 0;
  bytes: Buffer = none;
  /** Of an event, also of one that only is context, and of the head of a row event: where it begins and ends in `bytes`. */
  start = 0;
  end = 0;
  /** Of an event: its length in the file, checksum included. */
  length = 0;
  /** The file of the server that the record lies in, and where in it an event begins. */
  file = '';
  position = 0;
  /** Of a row event: the stream of its body, and how many bytes it has there. */
  stream = 0;
  bodyBytes = 0;
  /** Milliseconds since 1970 at which what comes came to us; null: not said yet. */
  receivedMs: number | null = null;
  readonly #key: string;
  #at = 0;
  #next = 0;
  #checksum = 0;

  constructor(key: string) {
    this.#key = key;
  }

  push(frame: Buffer): void {
    const left = this.bytes.subarray(this.#at);
    this.bytes = left.length === 0 ? frame : Buffer.concat([left, frame]);
    this.#at = 0;
  }

  /** Whether every byte was part of a record. */
  get isDone(): boolean {
    return this.#at === this.bytes.length;
  }

  next(): boolean {
    const { bytes } = this;
    const at = this.#at;
    const end = at < bytes.length ? this.#read(at) : 0;
    if (end === 0 || end > bytes.length) return false;
    this.#at = end;
    return true;
  }

  /** Where the record that begins at `at` ends; past the bytes, or 0, while it is not wholly there. */
  #read(at: number): number {
    const { bytes } = this;
    const left = bytes.length - at;
    const tag = bytes[at]!;
    this.tag = tag;
    if (tag === recordTag.event) return left > eventHeaderBytes ? this.#event(at + 1) : 0;
    if (tag === recordTag.rows) return left > 7 + eventHeaderBytes ? this.#rows(at + 1) : 0;
    if (tag === recordTag.received) {
      if (left < 9) return 0;
      this.receivedMs = Number(bytes.readBigUInt64LE(at + 1));
      return at + 9;
    }
    if (tag === recordTag.file) return left < 11 ? 0 : this.#file(at + 1);
    if (tag === recordTag.context) return left < 5 ? 0 : this.#context(at + 1);
    if (tag === recordTag.table) return this.#table(at + 5);
    throw damagedObject(this.#key, `a record of its header stream has tag ${tag}`);
  }

  #event(start: number): number {
    const end = start + this.#stored(start);
    if (end > this.bytes.length) return end;
    this.#spans(start, end);
    this.#learn();
    return end;
  }

  #rows(at: number): number {
    const { bytes } = this;
    const headBytes = bytes.readUInt16LE(at + 4);
    const start = at + 6;
    const end = start + headBytes;
    if (end > bytes.length) return end;
    if (headBytes < eventHeaderBytes) throw damagedObject(this.#key, 'an event of it has no header');
    this.stream = bytes.readUInt32LE(at);
    this.bodyBytes = this.#stored(start) - headBytes;
    if (this.bodyBytes < 0) throw damagedObject(this.#key, 'an event of it is shorter than its head');
    this.#spans(start, end);
    return end;
  }

  #file(at: number): number {
    const { bytes } = this;
    const end = at + 10 + bytes.readUInt16LE(at + 8);
    if (end > bytes.length) return end;
    const begin = Number(bytes.readBigUInt64LE(at));
    this.file = bytes.toString('utf8', at + 10, end);
    this.#next = begin === 0 ? binlogMagic.length : begin;
    this.position = this.#next;
    return end;
  }

  #context(at: number): number {
    const start = at + 4;
    const end = start + this.bytes.readUInt32LE(at);
    if (end > this.bytes.length) return end;
    this.start = start;
    this.end = end;
    this.position = this.#next;
    this.#learn();
    return end;
  }

  #table(at: number): number {
    let end = at;
    for (const _ of ['database', 'table']) {
      if (end + 2 > this.bytes.length) return 0;
      end += 2 + this.bytes.readUInt16LE(end);
    }
    return end;
  }

  #spans(start: number, end: number): void {
    this.start = start;
    this.end = end;
    this.position = this.#next;
    this.#next += this.length;
  }

  /** Bytes of the event that begins there without its checksum. */
  #stored(start: number): number {
    const { bytes } = this;
    this.length = bytes.readUInt32LE(start + 9);
    const isFormat = bytes[start + 4] === eventType.formatDescription;
    const stored = this.length - (isFormat ? 0 : this.#checksum);
    if (stored < eventHeaderBytes) throw damagedObject(this.#key, `an event of it is ${this.length} bytes long`);
    return stored;
  }

  /** Whether events have a checksum stands in the format description, which has always one. */
  #learn(): void {
    if (this.bytes[this.start + 4] !== eventType.formatDescription) return;
    this.#checksum = this.bytes[this.end - checksumBytes - 1] === 1 ? checksumBytes : 0;
  }
}
