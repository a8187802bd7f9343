import { BinaryRowWalker } from './binary-row-walker.ts';
import { type Column, columnType } from './column.ts';
import { protocolError } from './protocol-error.ts';
import type { Row, Value } from './row.ts';
import { isBytes } from './text-row.ts';

/** Decodes rows of the binary protocol for catalog use; see `Value` for what each type becomes. */
export class BinaryRowDecoder {
  private readonly columns: readonly Column[];
  private readonly walker: BinaryRowWalker;

  constructor(columns: readonly Column[]) {
    this.columns = columns;
    this.walker = new BinaryRowWalker(columns.map((column) => column.type));
  }

  /** The payload is `bytes[start, stop)`; nothing of it is kept. */
  decode(bytes: Buffer, start = 0, stop = bytes.length): Row {
    const { walker } = this;
    walker.walk(bytes, start, stop);
    const row: Row = {};
    this.columns.forEach((column, i) => {
      const isNull = walker.fieldStart[i]! < 0;
      row[column.name] = isNull ? null : binaryValue(bytes, walker.valueStart[i]!, walker.valueEnd[i]!, column);
    });
    return row;
  }
}

type ValueColumn = Pick<Column, 'type' | 'unsigned' | 'decimals' | 'collation'>;

/** One value from its content bytes `bytes[start, stop)` (without length prefix). */
export function binaryValue(bytes: Buffer, start: number, stop: number, column: ValueColumn): Value {
  switch (column.type) {
    case columnType.tiny:
      return column.unsigned ? bytes.readUInt8(start) : bytes.readInt8(start);
    case columnType.short:
    case columnType.year:
      return column.unsigned ? bytes.readUInt16LE(start) : bytes.readInt16LE(start);
    case columnType.long:
    case columnType.int24:
      return column.unsigned ? bytes.readUInt32LE(start) : bytes.readInt32LE(start);
    case columnType.longlong:
      return column.unsigned ? bytes.readBigUInt64LE(start) : bytes.readBigInt64LE(start);
    case columnType.float:
      return bytes.readFloatLE(start);
    case columnType.double:
      return bytes.readDoubleLE(start);
    case columnType.date:
    case columnType.newdate:
      return dateText(bytes, start, stop);
    case columnType.datetime:
    case columnType.timestamp:
      return `${dateText(bytes, start, stop)} ${clockText(bytes, start + 4, stop, 0, column.decimals)}`;
    case columnType.time:
      return timeText(bytes, start, stop, column.decimals);
    default:
      return isBytes(column) ? Buffer.from(bytes.subarray(start, stop)) : bytes.toString('utf8', start, stop);
  }
}

/** Lengths 0 (zero date), 4, 7 (with time), 11 (with microseconds). */
function dateText(bytes: Buffer, start: number, stop: number): string {
  const length = stop - start;
  if (length === 0) return '0000-00-00';
  if (length !== 4 && length !== 7 && length !== 11) throw protocolError(`binary row: a date of ${length} bytes`);
  return `${digits(bytes.readUInt16LE(start), 4)}-${digits(bytes[start + 2]!, 2)}-${digits(bytes[start + 3]!, 2)}`;
}

/** Lengths 0 (midnight), 8, 12 (with microseconds): sign, days, hours, minutes, seconds. */
function timeText(bytes: Buffer, start: number, stop: number, decimals: number): string {
  const length = stop - start;
  if (length === 0) return clockText(bytes, stop, stop, 0, decimals);
  if (length !== 8 && length !== 12) throw protocolError(`binary row: a time of ${length} bytes`);
  const sign = bytes[start] === 1 ? '-' : '';
  return sign + clockText(bytes, start + 5, stop, bytes.readUInt32LE(start + 1) * 24, decimals);
}

/** hh:mm:ss and as many fractional digits as the column has; missing bytes are zeros. */
function clockText(bytes: Buffer, start: number, stop: number, addHours: number, decimals: number): string {
  const has = (count: number) => stop - start >= count;
  const [hours, minutes, seconds] = has(3) ? [bytes[start]!, bytes[start + 1]!, bytes[start + 2]!] : [0, 0, 0];
  const micros = has(7) ? bytes.readUInt32LE(start + 3) : 0;
  const clock = `${digits(addHours + hours, 2)}:${digits(minutes, 2)}:${digits(seconds, 2)}`;
  const shown = decimals <= 6 ? decimals : micros === 0 ? 0 : 6;
  return shown === 0 ? clock : `${clock}.${digits(micros, 6).slice(0, shown)}`;
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
