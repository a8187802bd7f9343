import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import type { RowChange } from '../binlog/rows-event.ts';

/** How a row event begins, up to its images. */
export interface RowsHead {
  readonly change: RowChange;
  readonly compressed: boolean;
  /** 2^48 at most. */
  readonly tableId: number;
  /** Where the images begin. */
  readonly bytes: number;
  /** Where the bitmaps of the columns that images have begin; of an update there are two. */
  readonly bitmapsAt: number;
  readonly bitmapBytes: number;
}

const forms = new Map<number, { change: RowChange; version: 1 | 2; compressed: boolean }>([
  [eventType.writeRowsV1, { change: 'insert', version: 1, compressed: false }],
  [eventType.updateRowsV1, { change: 'update', version: 1, compressed: false }],
  [eventType.deleteRowsV1, { change: 'delete', version: 1, compressed: false }],
  [eventType.writeRowsV2, { change: 'insert', version: 2, compressed: false }],
  [eventType.updateRowsV2, { change: 'update', version: 2, compressed: false }],
  [eventType.deleteRowsV2, { change: 'delete', version: 2, compressed: false }],
  [eventType.writeRowsCompressedV1, { change: 'insert', version: 1, compressed: true }],
  [eventType.updateRowsCompressedV1, { change: 'update', version: 1, compressed: true }],
  [eventType.deleteRowsCompressedV1, { change: 'delete', version: 1, compressed: true }],
  [eventType.writeRowsCompressedV2, { change: 'insert', version: 2, compressed: true }],
  [eventType.updateRowsCompressedV2, { change: 'update', version: 2, compressed: true }],
  [eventType.deleteRowsCompressedV2, { change: 'delete', version: 2, compressed: true }],
]);

/** Six bytes. */
export function tableIdAt(bytes: Buffer, at: number): number {
  return bytes.readUIntLE(at, 6);
}

/** null: no row event, or one whose head is not wholly before `end`, and which is kept as it is. */
export function rowsHead(event: Buffer, end: number): RowsHead | null {
  const form = forms.get(event[4]!);
  if (!form) return null;
  let at = eventHeaderBytes + 8;
  if (form.version === 2) {
    if (at + 2 > end) return null;
    at += event.readUInt16LE(at);
  }
  if (at + 9 > end + 8 || at >= end) return null;
  let columns = event[at++]!;
  if (columns === 0xfc) {
    columns = event.readUInt16LE(at);
    at += 2;
  } else if (columns > 0xfc) return null;
  const bitmapBytes = (columns + 7) >> 3;
  const bytes = at + bitmapBytes * (form.change === 'update' ? 2 : 1);
  if (bytes > end || bytes > 0xffff) return null;
  const tableId = tableIdAt(event, eventHeaderBytes);
  return { change: form.change, compressed: form.compressed, tableId, bytes, bitmapsAt: at, bitmapBytes };
}
