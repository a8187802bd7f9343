import type { ByteReader } from '../protocol/byte-reader.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { eventType } from './event-type.ts';
import { inflateBody } from './inflate-body.ts';
import { tableIdOf } from './table-map-event.ts';

export type RowChange = 'insert' | 'update' | 'delete';

/** Flags of a rows event. */
export const rowsFlag = {
  /** The last of its statement: table ids mean nothing after it. */
  endOfStatement: 0x1,
  noForeignKeyChecks: 0x2,
  relaxedUniqueChecks: 0x4,
  completeRows: 0x8,
  noCheckConstraints: 0x80,
} as const;

/** Rows of one table that one statement changed. */
export interface RowsEvent {
  readonly kind: 'rows';
  readonly change: RowChange;
  readonly tableId: bigint;
  readonly flags: number;
  readonly columnCount: number;
  /** One bit per column, lowest first: is it in the images before the change. null: an insert has none. */
  readonly before: Buffer | null;
  /** The same after the change. null: a delete has none. */
  readonly after: Buffer | null;
  /** Images one after another, inflated; of an update before and after in turn. A view while it is not compressed. */
  readonly images: Buffer;
}

interface Form {
  readonly change: RowChange;
  readonly version: 1 | 2;
  readonly compressed: boolean;
}

const form = (change: RowChange, version: 1 | 2, compressed: boolean): Form => ({ change, version, compressed });

const forms = new Map<number, Form>([
  [eventType.writeRowsV1, form('insert', 1, false)],
  [eventType.updateRowsV1, form('update', 1, false)],
  [eventType.deleteRowsV1, form('delete', 1, false)],
  [eventType.writeRowsV2, form('insert', 2, false)],
  [eventType.updateRowsV2, form('update', 2, false)],
  [eventType.deleteRowsV2, form('delete', 2, false)],
  [eventType.writeRowsCompressedV1, form('insert', 1, true)],
  [eventType.updateRowsCompressedV1, form('update', 1, true)],
  [eventType.deleteRowsCompressedV1, form('delete', 1, true)],
  [eventType.writeRowsCompressedV2, form('insert', 2, true)],
  [eventType.updateRowsCompressedV2, form('update', 2, true)],
  [eventType.deleteRowsCompressedV2, form('delete', 2, true)],
]);

export function isRowsType(type: number): boolean {
  return forms.has(type);
}

export function decodeRows(body: ByteReader, type: number): RowsEvent {
  const found = forms.get(type);
  if (!found) throw protocolError(`binlog event type ${type} holds no rows`);
  const { change, version, compressed } = found;
  const tableId = tableIdOf(body);
  const flags = body.u16();
  if (version === 2) skipExtra(body);
  const columnCount = Number(body.lenenc());
  const bitmapBytes = (columnCount + 7) >> 3;
  const first = body.view(bitmapBytes);
  const second = change === 'update' ? body.view(bitmapBytes) : null;
  const rest = body.rest();
  return {
    kind: 'rows',
    change,
    tableId,
    flags,
    columnCount,
    before: change === 'insert' ? null : first,
    after: change === 'insert' ? first : second,
    // The event that only ends a statement has no images and, compressed, no head of a compressed body either.
    images: compressed && rest.length > 0 ? inflateBody(rest, 'compressed rows event') : rest,
  };
}

const extraLengthBytes = 2;

function skipExtra(body: ByteReader): void {
  const length = body.u16();
  if (length < extraLengthBytes) throw protocolError(`rows event: extra data of ${length} bytes`);
  body.view(length - extraLengthBytes);
}
