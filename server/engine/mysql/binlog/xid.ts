import type { ByteReader } from '../protocol/byte-reader.ts';

/** The name of a transaction that several servers take part in. */
export interface Xid {
  readonly formatId: number;
  /** Of the whole transaction. */
  readonly gtrid: Buffer;
  /** Of this server's branch of it. */
  readonly bqual: Buffer;
}

/** The bytes of both parts, copied: an xid outlives its event. */
export function decodeXidData(body: ByteReader, formatId: number, gtridBytes: number, bqualBytes: number): Xid {
  const gtrid = Buffer.from(body.view(gtridBytes));
  return { formatId, gtrid, bqual: Buffer.from(body.view(bqualBytes)) };
}
