import { damagedObject } from '#server/manifest/parse.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { decodeXaPrepare } from '../binlog/transaction-events.ts';
import { recordTag } from '../log-archive/layout.ts';
import { readStatement } from '../log-archive/read-statement.ts';
import { readLogStream } from '../log-archive/read-stream.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { beginsGroup, type GroupHead, groupHead, positionBefore } from '../table-log/group-head.ts';
import { HeaderRecords } from '../table-log/header-records.ts';
import type { LogObject } from '../table-log/log-object.ts';
import { GroupClock, type GroupTimes, secondMs } from './group-times.ts';
import type { LogSpot } from './log-spot.ts';
import { type XidName, xidName, xidNameOf } from './xid-name.ts';

/** What a group does. `nothing`: it was rolled back, or it has no end and was never committed; its rows, if any, are void. */
export type GroupEffect = 'commit' | 'prepare' | 'xa commit' | 'xa rollback' | 'nothing';

export interface ScannedGroup extends LogSpot, GroupTimes {
  /** Of the segment that it ends in. */
  readonly lastSequence: number;
  readonly gtid: string;
  readonly effect: GroupEffect;
  /** With `prepare`, `xa commit`, `xa rollback`. */
  readonly xid: XidName | null;
}

/**
 * The groups of a log, in its order, from header streams alone: those of a frame at once. A group without an end comes
 * where that shows, as `nothing`; one that the log ends in does not come. Errors: `destination/object-damaged`,
 * `destination/object-missing`, naming the segment; `node/protocol`.
 */
export async function* scanGroups(
  log: readonly LogObject[],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<ScannedGroup[]> {
  const scan = new GroupScan();
  for (const object of log) {
    scan.enter(object);
    for await (const frame of readLogStream(object.storage, object.key, object.index.header, options)) {
      scan.read(frame);
      if (scan.groups.length > 0) yield scan.groups.splice(0);
    }
    scan.leave();
  }
}

class GroupScan {
  readonly groups: ScannedGroup[] = [];
  readonly #clock = new GroupClock();
  #object: LogObject | null = null;
  #isFirst = true;
  #records = new HeaderRecords('');
  #open: (LogSpot & GroupTimes & { readonly gtid: string }) | null = null;
  /** Whether the group goes on after a statement. */
  #begun = false;
  #xid: XidName | null = null;
  #isPrepared = false;

  enter(object: LogObject): void {
    const { summary } = object.index;
    if (this.#object !== null && summary.follows !== 'bytes') this.#end('nothing');
    if (this.#object === null && summary.times) {
      // It is the latest time of all groups so far.
      const receivedMs = summary.received && Date.parse(summary.received.first);
      this.#clock.saw(Date.parse(summary.times.first) / secondMs, summary.clockSkewMs, receivedMs);
    }
    this.#isFirst = this.#object === null;
    this.#object = object;
    this.#records = new HeaderRecords(object.key);
  }

  leave(): void {
    if (!this.#records.isDone) throw damagedObject(this.#object!.key, 'its header stream ends within a record');
  }

  read(frame: Buffer): void {
    const records = this.#records;
    records.push(frame);
    while (records.next()) {
      if (records.tag === recordTag.event) this.#event(records);
      else if (records.tag === recordTag.context) this.#context(records);
    }
  }

  /** The group that the first segment begins in. Of a later one we have seen its beginning. */
  #context({ bytes, start, end, file, position }: HeaderRecords): void {
    if (!this.#isFirst || !beginsGroup(bytes[start + 4]!)) return;
    const event = bytes.subarray(start, end);
    this.#begin(event, { file, position: positionBefore(event, position), receivedMs: null });
  }

  #event({ bytes, start, end, file, position, receivedMs }: HeaderRecords): void {
    const type = bytes[start + 4]!;
    const event = bytes.subarray(start, end);
    if (beginsGroup(type)) this.#begin(event, { file, position, receivedMs });
    else if (type === eventType.query || type === eventType.queryCompressed) this.#statement(event);
    else if (type === eventType.xid || type === eventType.transactionPayload) this.#end('commit');
    else if (type === eventType.xaPrepare) this.#prepared(event);
    // A file begins outside of any group: the server was killed in the one before.
    else if (type === eventType.formatDescription) this.#end('nothing');
  }

  #begin(event: Buffer, at: Pick<GroupHead, 'file' | 'position' | 'receivedMs'>): void {
    this.#end('nothing');
    const { gtid, timestamp, begun, xa } = groupHead(event, at);
    const { sequence, clockSkewMs } = this.#object!.index.summary;
    const times = this.#clock.saw(timestamp, clockSkewMs, at.receivedMs);
    this.#open = { sequence, file: at.file, position: at.position, gtid, ...times };
    this.#begun = begun;
    this.#xid = xa && xidName(xa.xid);
    this.#isPrepared = xa?.state === 'prepared';
  }

  #statement(event: Buffer): void {
    // What is prepared ends in an event of its own, and nothing that is said in it before matters.
    if (this.#isPrepared) return;
    const { kind, sql } = readStatement(event, event.length, false);
    if (kind === 'control') this.#begun = true;
    else if (kind === 'end') this.#endedBy(sql);
    else if (!this.#begun) this.#end('commit');
  }

  #endedBy(sql: string): void {
    const [, verb] = /^\s*XA\s+(COMMIT|ROLLBACK)\b/i.exec(sql) ?? [];
    if (verb === undefined) {
      this.#end(/^\s*ROLLBACK\b/i.test(sql) ? 'nothing' : 'commit');
      return;
    }
    // [MySQL 8, unverified] The first event of a group has no name there.
    this.#xid ??= xidNameOf(sql);
    this.#end(verb.toUpperCase() === 'COMMIT' ? 'xa commit' : 'xa rollback');
  }

  #prepared(event: Buffer): void {
    const { onePhase, xid } = decodeXaPrepare(new ByteReader(event, 'xa prepare', eventHeaderBytes));
    this.#xid ??= xidName(xid);
    this.#end(onePhase ? 'commit' : 'prepare');
  }

  #end(effect: GroupEffect): void {
    if (!this.#open) return;
    const xid = effect === 'commit' || effect === 'nothing' ? null : this.#xid;
    const lastSequence = this.#object!.index.summary.sequence;
    this.groups.push({ ...this.#open, lastSequence, effect, xid });
    this.#open = null;
  }
}
