import type { ByteReader } from '../protocol/byte-reader.ts';
import { ByteReader as Reader } from '../protocol/byte-reader.ts';
import { decodeLoggedColumn, type LoggedColumn } from './logged-column.ts';

/** Which table the row events after it, with the same id, belong to. Ids mean something up to the end of a statement. */
export interface TableMapEvent {
  readonly kind: 'tableMap';
  readonly tableId: bigint;
  readonly flags: number;
  readonly database: string;
  readonly table: string;
  readonly columns: readonly LoggedColumn[];
  /** One bit per column, lowest first: may it be NULL. */
  readonly nullable: Buffer;
  /** What `binlog_row_metadata` MINIMAL and FULL add, verbatim; empty with NO_LOG. */
  readonly optional: Buffer;
}

/** Everything is copied: a map outlives its event. */
export function decodeTableMap(body: ByteReader): TableMapEvent {
  const tableId = tableIdOf(body);
  const flags = body.u16();
  const database = zeroEnded(body);
  const table = zeroEnded(body);
  const count = Number(body.lenenc());
  const types = body.view(count);
  const metadata = new Reader(body.lenencView(), 'table map, column metadata');
  const columns = Array.from(types, (type) => decodeLoggedColumn(type, metadata));
  metadata.end();
  const nullable = Buffer.from(body.view((count + 7) >> 3));
  const optional = Buffer.from(body.rest());
  return { kind: 'tableMap', tableId, flags, database, table, columns, nullable, optional };
}

function zeroEnded(body: ByteReader): string {
  const text = body.view(body.u8()).toString('utf8');
  body.view(1);
  return text;
}

/** Six bytes. */
export function tableIdOf(body: ByteReader): bigint {
  const low = body.u32();
  return (BigInt(body.u16()) << 32n) | BigInt(low);
}
