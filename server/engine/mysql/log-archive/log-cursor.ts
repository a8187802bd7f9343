import { type LogPlace, logPlace } from '#server/manifest/log-schema.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { decodeGtidList, gtidFlag, gtidText } from '../binlog/gtid-event.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { GtidState } from './gtid-state.ts';
import { readStatement } from './read-statement.ts';
import type { LogSegmentWriter } from './segment-writer.ts';
import type { LoggedGroup } from './tally.ts';

const tailBytes = 4;
/** A file begins outside of any group: one that a server was killed in is not gone on with. */
const endsGroup = new Set<number>([
  eventType.xid,
  eventType.xaPrepare,
  eventType.transactionPayload,
  eventType.formatDescription,
]);

/** Where a log stands: after which event, in which group, at which GTIDs. Sees every event once, in order. */
export class LogCursor {
  file: string;
  /** Where the event after the last one begins. */
  position: number;
  server: LogPlace['server'];
  gtids: GtidState;
  /** The group that events belong to; before the first, one without a GTID. */
  group: LoggedGroup = new Group('', 0, '', 0);
  groupOpen = false;
  /** Whether the last event ended a group, or stands outside of any. */
  atBorder = true;
  /** The event that began the group, without its checksum. */
  groupEvent: Buffer = Buffer.alloc(0);
  #time: number;
  #last: { position: number; head: Buffer; tail: Buffer } | null = null;
  #nextFile: string | null = null;
  #lastGroup: LogPlace['group'] = null;
  /** Whether the group goes on after a statement. */
  #begun = false;

  constructor(server: LogPlace['server'], from: LogPlace | null) {
    this.server = server;
    this.file = from?.file ?? '';
    this.position = Number(from?.position ?? 0);
    this.gtids = new GtidState(from?.gtids);
    this.#time = from?.time ?? 0;
    this.#nextFile = from?.nextFile ?? null;
    this.#lastGroup = from?.group ?? null;
    this.atBorder = !from?.group?.open;
    if (from?.last) {
      const { position, head, tail } = from.last;
      this.#last = { position: Number(position), head: Buffer.from(head, 'hex'), tail: Buffer.from(tail, 'hex') };
    }
  }

  begins(type: number): boolean {
    return type === eventType.gtid || type === eventType.gtidLog || type === eventType.anonymousGtidLog;
  }

  /** `bytes` up to `end` are the event without its checksum, or the beginning of it. */
  event(
    file: string,
    bytes: Buffer,
    length: number,
    position: number,
    end: number,
    writers: readonly LogSegmentWriter[],
  ): void {
    this.file = file;
    this.position = position + length;
    this.#remember(bytes, position);
    this.#nextFile = null;
    const type = bytes[4]!;
    if (type === eventType.gtid) this.#begin(bytes, position, end, writers);
    else if (this.begins(type)) this.#beginWithoutGtid(bytes, position, end, writers);
    else if (endsGroup.has(type)) this.#end();
    else if (type === eventType.query || type === eventType.queryCompressed) {
      this.#statement(bytes, length, position, end, writers);
    } else if (type === eventType.rotate) {
      this.#nextFile = bytes.toString('utf8', eventHeaderBytes + 8, end);
    } else if (type === eventType.gtidList) this.#list(bytes, end);
    else if (type === eventType.incident) for (const { tally } of writers) tally.incidents++;
  }

  /** More bytes of a larger event. */
  more(bytes: Buffer): void {
    const last = this.#last!;
    last.tail = Buffer.from(Buffer.concat([last.tail, bytes.subarray(-tailBytes)]).subarray(-tailBytes));
  }

  /** The group that an archive ended in: its event, as the archive kept it. */
  openGroup(event: Buffer): void {
    // It says where it ends modulo 2^32, and lies before us.
    const wrap = 0x100000000;
    const ended = this.position - ((this.position - event.readUInt32LE(13)) % wrap);
    const position = ended - event.readUInt32LE(9);
    if (event[4] === eventType.gtid) this.#open(event, position, event.length);
    else this.#enterGroup('', event, position, event.length);
    this.groupOpen = true;
    this.atBorder = false;
  }

  place(context: readonly Buffer[]): LogPlace {
    const group = this.#lastGroup && { ...this.#lastGroup, open: this.groupOpen };
    return logPlace.parse({
      server: this.server,
      file: this.file,
      position: String(this.position),
      last: this.#last && {
        position: String(this.#last.position),
        head: this.#last.head.toString('hex'),
        tail: this.#last.tail.toString('hex'),
      },
      nextFile: this.#nextFile,
      gtids: this.gtids.texts(),
      group,
      time: this.#time,
      context: context.map((event) => event.toString('base64')),
    });
  }

  #remember(bytes: Buffer, position: number): void {
    this.#last ??= { position, head: Buffer.alloc(eventHeaderBytes), tail: Buffer.alloc(tailBytes) };
    const last = this.#last;
    last.position = position;
    last.head.set(bytes.subarray(0, eventHeaderBytes));
    last.tail.set(bytes.subarray(bytes.length - tailBytes));
  }

  #begin(event: Buffer, position: number, end: number, writers: readonly LogSegmentWriter[]): void {
    const domain = event.readUInt32LE(eventHeaderBytes + 8);
    const serverId = event.readUInt32LE(5);
    const sequence = event.readBigUInt64LE(eventHeaderBytes);
    const before = this.gtids.latest(domain);
    this.gtids.saw(domain, serverId, sequence);
    const { gtid } = this.#open(event, position, end);
    this.#lastGroup = { gtid, before, timestamp: event.readUInt32LE(0), open: true };
    for (const { tally } of writers) tally.begin(this.group);
  }

  #open(event: Buffer, position: number, end: number): LoggedGroup {
    const domain = event.readUInt32LE(eventHeaderBytes + 8);
    const sequence = event.readBigUInt64LE(eventHeaderBytes);
    const gtid = gtidText({ domain, serverId: event.readUInt32LE(5), sequence });
    this.#begun = (event[eventHeaderBytes + 12]! & gtidFlag.standalone) === 0;
    return this.#enterGroup(gtid, event, position, end);
  }

  /** [MySQL 8, unverified] The GTID is in the event; we go on by place there, never by GTID. */
  #beginWithoutGtid(event: Buffer, position: number, end: number, writers: readonly LogSegmentWriter[]): void {
    this.#begun = false;
    this.#enterGroup('', event, position, end);
    for (const { tally } of writers) tally.begin(this.group);
  }

  #enterGroup(gtid: string, event: Buffer, position: number, end: number): LoggedGroup {
    this.#time = Math.max(this.#time, event.readUInt32LE(0));
    this.group = new Group(gtid, this.#time, this.file, position);
    this.groupEvent = Buffer.from(event.subarray(0, end));
    this.groupOpen = true;
    this.atBorder = false;
    return this.group;
  }

  #end(): void {
    this.groupOpen = false;
    this.atBorder = true;
  }

  #statement(event: Buffer, length: number, position: number, end: number, writers: readonly LogSegmentWriter[]): void {
    const { kind, database, sql } = readStatement(event, end, event.length < length);
    if (kind === 'control') {
      this.#begun = true;
      return;
    }
    if (kind !== 'end') for (const { tally } of writers) tally.statement(this.group, position, { kind, database, sql });
    if (kind === 'end' || !this.#begun) this.#end();
  }

  /** What the server had written before the file: where we came in by place, all we know of it. */
  #list(event: Buffer, end: number): void {
    const { gtids } = decodeGtidList(new ByteReader(event, 'gtid list', eventHeaderBytes, end));
    this.gtids = new GtidState(gtids.map(gtidText));
  }
}

class Group implements LoggedGroup {
  readonly gtid: string;
  readonly time: number;
  readonly file: string;
  readonly position: number;

  constructor(gtid: string, time: number, file: string, position: number) {
    this.gtid = gtid;
    this.time = time;
    this.file = file;
    this.position = position;
  }
}
