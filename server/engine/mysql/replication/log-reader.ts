import { crc32 } from 'node:zlib';
import { checksumBytes, verifyChecksum } from '../binlog/checksum.ts';
import { eventFlag, eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { binlogMagic } from '../binlog/file-events.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import type { PieceSink } from './dump-reader.ts';

/** Who takes the log, in its order. Views are valid during the call. */
export interface LogSink {
  /** What comes next lies in this file. */
  file(name: string): void;
  /** How the events that come next are to be read: a format description that lies before the place we began at. */
  format(event: Buffer): void;
  /** An event of the log, verbatim: whole, or its first bytes where it is larger than 1 MiB. It lies at `position`. */
  event(bytes: Buffer, length: number, position: number): void;
  /** The next bytes of a larger event. Only with its last bytes is its checksum known to be right. */
  more(bytes: Buffer): void;
  /** The server has nothing new for us. */
  idle(): void;
  readonly full: boolean;
}

/**
 * `position`: events before it are passed over in a stream that begins at `from`, for files of more than 4 GiB can only
 * be entered at their beginning. `group`: at the first group of a stream that begins by GTID, wherever it lies.
 */
export type LogStart =
  | { readonly kind: 'position'; readonly position: number; readonly from: number }
  | { readonly kind: 'group' };

/**
 * What a server streams, as its log: what it made up for the stream is taken out, checksums are verified, and every
 * event's place in its file is known in full (events carry it modulo 2^32). Errors: `node/protocol` on a checksum that
 * is wrong, and where bytes of the file were left out.
 */
export class LogReader implements PieceSink {
  readonly #sink: LogSink;
  #wanted: number;
  #mode: 'exact' | 'searching' | 'grouped';
  #position: number;
  /** undefined: no format description came yet. */
  #checksum: boolean | undefined;
  #entered = false;
  /** Of the event in pieces: bytes to come, what its pieces sum to, and whether they are passed on. */
  #left = 0;
  #crc = 0;
  #stored = Buffer.alloc(checksumBytes);
  #passing = false;

  constructor(sink: LogSink, start: LogStart) {
    this.#sink = sink;
    this.#mode = start.kind === 'group' ? 'searching' : 'exact';
    this.#position = start.kind === 'group' ? 0 : start.from;
    this.#wanted = start.kind === 'group' ? 0 : start.position;
  }

  get full(): boolean {
    return this.#sink.full;
  }

  begin(bytes: Buffer, length: number): void {
    const type = bytes[4]!;
    const artificial = (bytes.readUInt16LE(17) & eventFlag.artificial) !== 0;
    if (type === eventType.heartbeat || type === eventType.heartbeatV2) this.#sink.idle();
    else if (type === eventType.formatDescription) this.#formatDescription(bytes, artificial);
    else if (!artificial) this.#logged(bytes, length);
    else if (type === eventType.rotate) this.#enter(bytes);
  }

  #logged(bytes: Buffer, length: number): void {
    if (this.#checksum === undefined) throw protocolError('an event of a log came before any format description');
    if (bytes.length < length) this.#beginPieces(bytes, length);
    else if (this.#checksum) checkWhole(bytes);
    const next = bytes.readUInt32LE(13);
    this.#passing = this.#arrive(bytes, length, next);
    if (this.#passing) this.#sink.event(bytes, length, this.#position - length);
  }

  more(bytes: Buffer): void {
    const before = this.#left;
    this.#left -= bytes.length;
    if (this.#checksum) {
      const covered = Math.max(0, Math.min(bytes.length, before - checksumBytes));
      this.#crc = crc32(bytes.subarray(0, covered), this.#crc);
      if (covered < bytes.length) bytes.copy(this.#stored, checksumBytes - (before - covered), covered);
      if (this.#left === 0 && this.#stored.readUInt32LE(0) !== this.#crc) throw badChecksum(bytes.length);
    }
    if (this.#passing) this.#sink.more(bytes);
  }

  /** Where the event ends becomes our position; says whether it is to be passed on. */
  #arrive(bytes: Buffer, length: number, next: number): boolean {
    const type = bytes[4]!;
    const begins = type === eventType.gtid || type === eventType.gtidLog;
    if (this.#mode === 'searching' && !begins) return false;
    if (this.#mode !== 'exact' && begins) {
      // The server passes over groups that we have, and says where it is only modulo 2^32.
      const ahead = (next - length - (this.#position % wrap) + wrap) % wrap;
      this.#position += ahead;
      this.#mode = 'grouped';
    }
    const position = this.#position;
    this.#position += length;
    if (next !== 0 && this.#position % wrap !== next) {
      throw protocolError(`the stream left out bytes of the log after position ${position}`, {
        position,
        next,
        length,
      });
    }
    if (type === eventType.rotate && this.#mode === 'grouped') this.#mode = 'exact';
    return position >= this.#wanted;
  }

  #formatDescription(event: Buffer, artificial: boolean): void {
    const type = event[event.length - checksumBytes - 1];
    if (type === undefined || type > 1) throw protocolError(`binlog checksum algorithm ${type} is unknown`);
    this.#checksum = type === 1;
    if (this.#checksum) verifyChecksum(event);
    const next = event.readUInt32LE(13);
    const real = !artificial && next === this.#position + event.length && this.#position === binlogMagic.length;
    if (real && this.#mode === 'exact' && this.#wanted <= binlogMagic.length) {
      const position = this.#position;
      this.#position += event.length;
      this.#sink.event(event, event.length, position);
    } else {
      if (real && this.#mode === 'exact') this.#position += event.length;
      this.#sink.format(event);
    }
  }

  /** The server names the file it goes on with. */
  #enter(event: Buffer): void {
    const end = event.length - (this.#endsInChecksum(event) ? checksumBytes : 0);
    const name = event.toString('utf8', eventHeaderBytes + 8, end);
    if (this.#entered) {
      this.#position = binlogMagic.length;
      this.#wanted = 0;
    }
    if (this.#entered && this.#mode === 'grouped') this.#mode = 'exact';
    this.#entered = true;
    this.#sink.file(name);
  }

  /** The first one comes before any format description that could tell. */
  #endsInChecksum(event: Buffer): boolean {
    const end = event.length - checksumBytes;
    return end > eventHeaderBytes + 8 && event.readUInt32LE(end) === crc32(event.subarray(0, end));
  }

  #beginPieces(bytes: Buffer, length: number): void {
    this.#left = length - bytes.length;
    this.#crc = this.#checksum ? crc32(bytes) : 0;
  }
}

/** Events carry their place modulo this; files may be longer, when a transaction is. */
const wrap = 0x100000000;

/** What can be asked for: a dump begins at a place of 32 bits, so further on only from the beginning of the file. */
export function startFor(position: number): number {
  return position < wrap ? Math.max(position, binlogMagic.length) : binlogMagic.length;
}

function checkWhole(event: Buffer): void {
  const end = event.length - checksumBytes;
  if (end < eventHeaderBytes || crc32(event.subarray(0, end)) !== event.readUInt32LE(end))
    throw badChecksum(event.length);
}

function badChecksum(bytes: number): Error {
  return protocolError(`a binlog event of ${bytes} bytes does not match its checksum`);
}
