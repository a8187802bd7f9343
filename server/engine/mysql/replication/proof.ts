import type { LogPlace } from '#server/manifest/log-schema.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { decodeGtidList, gtidText } from '../binlog/gtid-event.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import type { LogSink } from './log-reader.ts';

/** What a stream must begin with to be what an archive ends with. */
export type ProofOf =
  /** The last event, read again. */
  | { readonly kind: 'event'; readonly last: NonNullable<LogPlace['last']> }
  /** The beginning of a file before which all of these had been written, and nothing else. */
  | { readonly kind: 'list'; readonly gtids: readonly string[] }
  /** The last group, from whichever server. */
  | { readonly kind: 'group'; readonly group: NonNullable<LogPlace['group']> }
  /** Nothing is to be proven: there was a gap, or nothing was archived yet. */
  | { readonly kind: 'nothing' };

/** The stream is not what the archive ends with. */
export class NotTheSameLog extends Error {}

const gtidListHeadBytes = 4;
const beginsAnew = new Set<number>([eventType.gtid, eventType.formatDescription]);

/**
 * Takes a stream until it has proven itself, then is full until `open` says who takes what comes next; what was read for the proof, and is
 * in the archive already, does not reach the sink. Throws NotTheSameLog.
 */
export class Proof implements LogSink {
  readonly proven: Promise<void>;
  readonly #of: ProofOf;
  #sink: LogSink | undefined;
  readonly #prove: () => void;
  #state: 'waiting' | 'proven' | 'skipping' | 'open' = 'waiting';
  #file: string | undefined;
  #format: Buffer | undefined;
  /** Events of the file that is being entered. */
  readonly #held: { bytes: Buffer; position: number }[] = [];
  #length = 0;
  #tail = Buffer.alloc(0);

  constructor(of: ProofOf) {
    this.#of = of;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.proven = promise;
    this.#prove = () => {
      this.#state = 'proven';
      resolve();
    };
  }

  get full(): boolean {
    return this.#state === 'proven' || (this.#sink?.full ?? false);
  }

  /** Only after `proven`: what comes next goes to `sink`. */
  open(sink: LogSink): void {
    this.#sink = sink;
    this.#state = this.#of.kind === 'group' && !this.#of.group.open ? 'skipping' : 'open';
    if (this.#file !== undefined) sink.file(this.#file);
    if (this.#format) sink.format(this.#format);
    for (const { bytes, position } of this.#held.splice(0)) sink.event(bytes, bytes.length, position);
  }

  file(name: string): void {
    if (this.#sink) this.#sink.file(name);
    else this.#file = name;
    if (this.#state === 'waiting' && this.#of.kind === 'nothing') this.#prove();
  }

  format(event: Buffer): void {
    if (this.#sink) this.#sink.format(event);
    else this.#format = Buffer.from(event);
  }

  event(bytes: Buffer, length: number, position: number): void {
    // The rest of the last group is in the archive; a file that begins after it is not.
    if (this.#state === 'skipping' && beginsAnew.has(bytes[4]!)) this.#state = 'open';
    if (this.#state === 'open') this.#sink!.event(bytes, length, position);
    else if (this.#state === 'waiting') this.#judge(bytes, length, position);
  }

  more(bytes: Buffer): void {
    if (this.#state === 'open') this.#sink!.more(bytes);
    else if (this.#state === 'waiting') this.#judgeMore(bytes);
  }

  idle(): void {
    this.#sink?.idle();
  }

  #judge(bytes: Buffer, length: number, position: number): void {
    const of = this.#of;
    if (of.kind === 'event') {
      if (bytes.toString('hex', 0, eventHeaderBytes) !== of.last.head)
        throw new NotTheSameLog('another event is there');
      this.#length = length - bytes.length;
      this.#tail = Buffer.from(bytes.subarray(-4));
      this.#judgeTail();
    } else if (of.kind === 'list') {
      this.#held.push({ bytes: Buffer.from(bytes), position });
      if (bytes[4] === eventType.gtidList) this.#judgeList(bytes, of.gtids);
      else if (bytes[4] !== eventType.formatDescription && bytes[4] !== eventType.startEncryption) {
        throw new NotTheSameLog('the file does not say what was written before it');
      }
    } else if (of.kind === 'group' && bytes[4] === eventType.gtid) {
      if (of.group.open) this.#held.push({ bytes: Buffer.from(bytes), position });
      this.#judgeGroup(bytes, of.group);
    }
  }

  #judgeMore(bytes: Buffer): void {
    this.#length -= bytes.length;
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-4)]).subarray(-4);
    this.#judgeTail();
  }

  #judgeTail(): void {
    if (this.#length > 0 || this.#of.kind !== 'event') return;
    if (this.#tail.toString('hex') !== this.#of.last.tail)
      throw new NotTheSameLog('the last event has another content');
    this.#prove();
  }

  /** The list ends where it says: what follows is its checksum, or padding. */
  #judgeList(bytes: Buffer, gtids: readonly string[]): void {
    const count = bytes.readUInt32LE(eventHeaderBytes) & 0x0fffffff;
    const end = eventHeaderBytes + gtidListHeadBytes + count * 16;
    const list = decodeGtidList(new ByteReader(bytes, 'gtid list', eventHeaderBytes, end));
    const there = list.gtids.map(gtidText).sort();
    if (there.join() !== [...gtids].sort().join()) throw new NotTheSameLog('other transactions were written before');
    this.#prove();
  }

  #judgeGroup(bytes: Buffer, group: NonNullable<LogPlace['group']>): void {
    const sequence = bytes.readBigUInt64LE(eventHeaderBytes);
    const domain = bytes.readUInt32LE(eventHeaderBytes + 8);
    const gtid = gtidText({ domain, serverId: bytes.readUInt32LE(5), sequence });
    if (gtid !== group.gtid) throw new NotTheSameLog(`${gtid} is there instead of ${group.gtid}`);
    if (bytes.readUInt32LE(0) !== group.timestamp) throw new NotTheSameLog(`${gtid} is another transaction`);
    this.#prove();
  }
}
