import type { ByteReader } from '../protocol/byte-reader.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { decodeXidData, type Xid } from './xid.ts';

/** A transaction of MariaDB; its server id stands in the event's header. */
export interface Gtid {
  readonly domain: number;
  readonly serverId: number;
  readonly sequence: bigint;
}

export function gtidText({ domain, serverId, sequence }: Gtid): string {
  return `${domain}-${serverId}-${sequence}`;
}

/** Flags of a GTID event: what kind of group it begins. */
export const gtidFlag = {
  /** One statement without COMMIT: DDL, mostly. */
  standalone: 0x1,
  groupCommitId: 0x2,
  transactional: 0x4,
  allowParallel: 0x8,
  waited: 0x10,
  ddl: 0x20,
  /** The group ends in XA PREPARE: its rows are decided later. */
  preparedXa: 0x40,
  /** The group is XA COMMIT or XA ROLLBACK of an earlier one; only its query tells which. */
  completedXa: 0x80,
} as const;

/** Further flags, from 10.8 on. */
const extraFlag = { moreEngines: 0x1, startAlter: 0x2, commitAlter: 0x4, rollbackAlter: 0x8 } as const;
const knownExtraFlags = 0xf;

/** Whether the statements of the group are carried out with it: not where it only begins an ALTER, or takes one back. */
export function takesEffect({ extraFlags }: GtidEvent): boolean {
  return (extraFlags & (extraFlag.startAlter | extraFlag.rollbackAlter)) === 0;
}

/** The first event of every group of MariaDB. */
export interface GtidEvent {
  readonly kind: 'gtid';
  readonly gtid: Gtid;
  readonly flags: number;
  /** Groups with the same one were committed together. */
  readonly commitId: bigint | null;
  /** With `preparedXa` and `completedXa`. */
  readonly xid: Xid | null;
  readonly extraFlags: number;
  /** The GTID whose ALTER this group ends; null where it ends none. */
  readonly alterSequence: bigint | null;
}

export function decodeGtid(body: ByteReader, serverId: number): GtidEvent {
  const sequence = body.u64();
  const domain = body.u32();
  const flags = body.u8();
  const commitId = flags & gtidFlag.groupCommitId ? body.u64() : null;
  const xid = flags & (gtidFlag.preparedXa | gtidFlag.completedXa) ? decodeShortXid(body) : null;
  const extraFlags = body.left > 0 ? body.u8() : 0;
  if (extraFlags & ~knownExtraFlags) throw protocolError(`gtid event: unknown flags 0x${extraFlags.toString(16)}`);
  if (extraFlags & extraFlag.moreEngines) body.u8();
  const endsAlter = extraFlags & (extraFlag.commitAlter | extraFlag.rollbackAlter);
  const alterSequence = endsAlter ? body.u64() : null;
  endPadding(body);
  return { kind: 'gtid', gtid: { domain, serverId, sequence }, flags, commitId, xid, extraFlags, alterSequence };
}

function decodeShortXid(body: ByteReader): Xid {
  const formatId = body.u32();
  const gtridBytes = body.u8();
  const bqualBytes = body.u8();
  return decodeXidData(body, formatId, gtridBytes, bqualBytes);
}

/** What had been written before this file began: the last GTID of every domain and server. */
export interface GtidListEvent {
  readonly kind: 'gtidList';
  readonly flags: number;
  readonly gtids: readonly Gtid[];
}

export function decodeGtidList(body: ByteReader): GtidListEvent {
  const head = body.u32();
  const gtids: Gtid[] = [];
  for (let left = head & 0x0fffffff; left > 0; left--) {
    const domain = body.u32();
    const serverId = body.u32();
    gtids.push({ domain, serverId, sequence: body.u64() });
  }
  endPadding(body);
  return { kind: 'gtidList', flags: head >>> 28, gtids };
}

/** Both events are filled up with zeros to a least length. */
function endPadding(body: ByteReader): void {
  if (body.rest().some((byte) => byte !== 0)) throw protocolError(`${body.name}: bytes are left over`);
}
