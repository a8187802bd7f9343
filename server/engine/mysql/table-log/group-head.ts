import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { decodeGtid, gtidFlag, gtidText } from '../binlog/gtid-event.ts';
import type { Xid } from '../binlog/xid.ts';
import { ByteReader } from '../protocol/byte-reader.ts';

/** What is known of a group of the log from its first event. */
export interface GroupHead {
  /** Empty where the server gives none. */
  readonly gtid: string;
  /** Seconds since 1970 at which its statement began, by the server's clock. */
  readonly timestamp: number;
  readonly file: string;
  /** Where the group begins. */
  readonly position: number;
  /** Milliseconds since 1970 at which it came to us; null: not known. */
  readonly receivedMs: number | null;
  /** Whether it goes on after a statement, until something ends it. */
  readonly begun: boolean;
  /** What the group does to a global transaction; null: it is whole in itself. Whether it commits, its query tells. */
  readonly xa: { readonly state: 'prepared' | 'completed'; readonly xid: Xid } | null;
}

export function beginsGroup(type: number): boolean {
  return type === eventType.gtid || type === eventType.gtidLog || type === eventType.anonymousGtidLog;
}

/** `event` begins a group and has no checksum. */
export function groupHead(event: Buffer, at: Pick<GroupHead, 'file' | 'position' | 'receivedMs'>): GroupHead {
  const timestamp = event.readUInt32LE(0);
  if (event[4] !== eventType.gtid) return { gtid: '', timestamp, ...at, begun: false, xa: null };
  const { gtid, flags, xid } = decodeGtid(new ByteReader(event, 'gtid', eventHeaderBytes), event.readUInt32LE(5));
  const state = flags & gtidFlag.preparedXa ? ('prepared' as const) : ('completed' as const);
  const begun = (flags & gtidFlag.standalone) === 0;
  return { gtid: gtidText(gtid), timestamp, ...at, begun, xa: xid && { state, xid } };
}

/** Where a group begins whose event was kept as context: it lies before `ended`, and says where it ends modulo 2^32. */
export function positionBefore(event: Buffer, ended: number): number {
  const wrap = 0x100000000;
  const end = ended - ((((ended - event.readUInt32LE(13)) % wrap) + wrap) % wrap);
  return end - event.readUInt32LE(9);
}
