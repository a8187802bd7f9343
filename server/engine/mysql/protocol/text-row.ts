import { binaryCollation, type Column, columnType } from './column.ts';
import { protocolError } from './protocol-error.ts';
import type { Row, Value } from './row.ts';

const nullMark = 0xfb;

/**
 * One row of the text protocol. Text is read as UTF-8: the session's result character set must be utf8mb4 (it is,
 * unless somebody changed it). Errors: `node/protocol` past the end and on leftovers.
 */
export function decodeTextRow(payload: Buffer, columns: readonly Column[]): Row {
  const row: Row = {};
  let at = 0;
  for (const column of columns) {
    if (payload[at] === nullMark) {
      row[column.name] = null;
      at++;
      continue;
    }
    const { start, stop } = lenencSpan(payload, at);
    row[column.name] = textValue(payload, start, stop, column);
    at = stop;
  }
  if (at !== payload.length) throw protocolError(`text row: ${payload.length - at} bytes are left over`);
  return row;
}

function lenencSpan(payload: Buffer, at: number): { start: number; stop: number } {
  const first = payload[at] ?? 0xff;
  const width = first < nullMark ? 0 : first === 0xfc ? 2 : first === 0xfd ? 3 : first === 0xfe ? 6 : -1;
  const start = at + 1 + (first === 0xfe ? 8 : width);
  if (width < 0 || start > payload.length) throw protocolError(`text row: no value at ${at}`);
  const stop = start + (width === 0 ? first : payload.readUIntLE(at + 1, width));
  if (stop > payload.length) throw protocolError(`text row: a value at ${at} ends past the row`);
  return { start, stop };
}

function textValue(payload: Buffer, start: number, stop: number, column: Column): Value {
  switch (column.type) {
    case columnType.tiny:
    case columnType.short:
    case columnType.long:
    case columnType.int24:
    case columnType.year:
    case columnType.float:
    case columnType.double:
      return Number(payload.toString('latin1', start, stop));
    case columnType.longlong:
      return BigInt(payload.toString('latin1', start, stop));
    default:
      return isBytes(column) ? Buffer.from(payload.subarray(start, stop)) : payload.toString('utf8', start, stop);
  }
}

/** Whether values of this column are bytes and no text. */
export function isBytes(column: Pick<Column, 'type' | 'collation'>): boolean {
  switch (column.type) {
    case columnType.bit:
    case columnType.geometry:
      return true;
    case columnType.varchar:
    case columnType.varString:
    case columnType.string:
    case columnType.tinyBlob:
    case columnType.blob:
    case columnType.mediumBlob:
    case columnType.longBlob:
      return column.collation === binaryCollation;
    default:
      return false;
  }
}
