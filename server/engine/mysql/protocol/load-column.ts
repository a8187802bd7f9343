import { type Column, columnType } from './column.ts';
import { protocolError } from './protocol-error.ts';

/** A column of stored binary rows, as far as loading it back needs to know. */
export interface LoadColumn {
  /** Type of the column in the result set the rows came from. */
  readonly type: number;
  readonly unsigned: boolean;
  /** Sent as text of the session instead of bytes: see `sendsText`. */
  readonly text: boolean;
}

export function loadColumn(column: Column): LoadColumn {
  return { type: column.type, unsigned: column.unsigned, text: sendsText(column.extendedType) };
}

/**
 * MariaDB's UUID and INET types come as text but take a value without character set for their own 16 or 4 raw bytes:
 * these must be sent as text. Everything else that is length-encoded is sent as bytes, so that the server stores them
 * as they are, whatever the session's character set.
 */
function sendsText(extendedType: string | undefined): boolean {
  return extendedType === 'uuid' || extendedType === 'inet6' || extendedType === 'inet4';
}

/** Whether its values are bytes with a length, as they are, and no number or moment in a form of its own. */
export function isLengthEncoded(column: LoadColumn): boolean {
  const [type] = paramTypeOf(column);
  return type === columnType.newdecimal || type === columnType.string || type === columnType.blob;
}

const unsignedMark = 0x80;

/** Two bytes per parameter: type and sign. The value bytes of a result row are right for it as they are. */
export function paramTypeOf(column: LoadColumn): readonly [type: number, mark: number] {
  const mark = column.unsigned ? unsignedMark : 0;
  switch (column.type) {
    case columnType.tiny:
    case columnType.short:
    case columnType.long:
    case columnType.longlong:
    case columnType.float:
    case columnType.double:
      return [column.type, mark];
    case columnType.int24:
      return [columnType.long, mark];
    case columnType.year:
      return [columnType.short, unsignedMark];
    case columnType.date:
    case columnType.newdate:
      return [columnType.date, 0];
    case columnType.time:
    case columnType.datetime:
    case columnType.timestamp:
      return [column.type, 0];
    case columnType.decimal:
    case columnType.newdecimal:
      return [columnType.newdecimal, 0];
    case columnType.null:
      throw protocolError('a column without a type cannot be loaded');
    default:
      return [column.text ? columnType.string : columnType.blob, 0];
  }
}
