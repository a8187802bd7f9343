import type { ByteReader } from '../protocol/byte-reader.ts';
import { decodeXidData, type Xid } from './xid.ts';

/** The end of a transaction that was committed. */
export interface XidEvent {
  readonly kind: 'xid';
  /** The server's own number of the transaction; no XA name. */
  readonly number: bigint;
}

/** The end of a group that was prepared; with `onePhase` it was committed at once. */
export interface XaPrepareEvent {
  readonly kind: 'xaPrepare';
  readonly onePhase: boolean;
  readonly xid: Xid;
}

/** The statement that the row events after it come from. */
export interface AnnotateRowsEvent {
  readonly kind: 'annotateRows';
  readonly sql: string;
}

export function decodeXid(body: ByteReader): XidEvent {
  const number = body.u64();
  body.end();
  return { kind: 'xid', number };
}

export function decodeXaPrepare(body: ByteReader): XaPrepareEvent {
  const onePhase = body.u8() !== 0;
  const formatId = body.u32();
  const gtridBytes = body.u32();
  const bqualBytes = body.u32();
  const xid = decodeXidData(body, formatId, gtridBytes, bqualBytes);
  body.end();
  return { kind: 'xaPrepare', onePhase, xid };
}

export function decodeAnnotateRows(body: ByteReader): AnnotateRowsEvent {
  return { kind: 'annotateRows', sql: body.rest().toString('utf8') };
}
