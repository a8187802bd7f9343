import { columnType } from './column.ts';
import { protocolError } from './protocol-error.ts';

/** How a value lies in a binary row. 1, 2, 4, 8: so many bytes. */
const shapeTemporal = 0x10;
const shapeLenenc = 0x20;

function shapeOf(type: number): number {
  switch (type) {
    case columnType.tiny:
      return 1;
    case columnType.short:
    case columnType.year:
      return 2;
    case columnType.long:
    case columnType.int24:
    case columnType.float:
      return 4;
    case columnType.longlong:
    case columnType.double:
      return 8;
    case columnType.date:
    case columnType.newdate:
    case columnType.time:
    case columnType.datetime:
    case columnType.timestamp:
      return shapeTemporal;
    case columnType.null:
      return 0;
    case columnType.decimal:
    case columnType.newdecimal:
    case columnType.varchar:
    case columnType.bit:
    case columnType.json:
    case columnType.enum:
    case columnType.set:
    case columnType.tinyBlob:
    case columnType.mediumBlob:
    case columnType.longBlob:
    case columnType.blob:
    case columnType.varString:
    case columnType.string:
    case columnType.geometry:
      return shapeLenenc;
    default:
      throw protocolError(`binary row: column type ${type} is unknown`);
  }
}

/**
 * Finds every value of a binary row without decoding it. Payload: header byte 0x00, NULL bitmap (2 bits unused),
 * values in column order. After `walk`, per column i: `fieldStart[i]` is where its wire form starts (length prefix
 * included) or -1 for NULL, `valueStart[i]` where its content starts, `valueEnd[i]` where both end. Offsets are into
 * the buffer that was walked. One walker per column list; it is reused for every row and allocates nothing.
 */
export class BinaryRowWalker {
  readonly fieldStart: Int32Array;
  readonly valueStart: Int32Array;
  readonly valueEnd: Int32Array;
  readonly columnCount: number;
  private readonly shapes: Uint8Array;

  constructor(types: readonly number[]) {
    this.columnCount = types.length;
    this.shapes = Uint8Array.from(types, shapeOf);
    this.fieldStart = new Int32Array(types.length);
    this.valueStart = new Int32Array(types.length);
    this.valueEnd = new Int32Array(types.length);
  }

  /** The payload is `bytes[start, stop)`. Errors: `node/protocol` past its end, on leftovers, on a bad header. */
  walk(bytes: Uint8Array, start: number, stop: number): void {
    const end = this.walkFirst(this.columnCount, bytes, start, stop);
    if (end !== stop) throw protocolError(`binary row: ${stop - end} bytes are left over`);
  }

  /** Only the first `count` columns; returns where the last of them ends. What follows is not looked at. */
  walkFirst(count: number, bytes: Uint8Array, start: number, stop: number): number {
    const { shapes, fieldStart, valueStart, valueEnd, columnCount } = this;
    const bitmap = start + 1;
    let at = bitmap + ((columnCount + 9) >> 3);
    if (at > stop || bytes[start] !== 0) throw protocolError('binary row: no row header');
    for (let i = 0; i < count; i++) {
      const bit = i + 2;
      if (bytes[bitmap + (bit >> 3)]! & (1 << (bit & 7))) {
        fieldStart[i] = -1;
        continue;
      }
      fieldStart[i] = at;
      const shape = shapes[i]!;
      let value = at;
      if (shape < shapeTemporal) {
        at += shape;
      } else {
        const first = at < stop ? bytes[at]! : 0xff;
        value = at + 1;
        if (first < 0xfb) at = value + first;
        else if (shape === shapeTemporal || first === 0xfb || first === 0xff) throw pastEnd(i);
        else {
          value = at + (first === 0xfc ? 3 : first === 0xfd ? 4 : 9);
          if (value > stop) throw pastEnd(i);
          at = value + longLength(bytes, at + 1, first);
        }
      }
      if (at > stop) throw pastEnd(i);
      valueStart[i] = value;
      valueEnd[i] = at;
    }
    return at;
  }
}

/** Lengths past 2^32 cannot be in a buffer; as a number they still compare as "past the end". */
function longLength(bytes: Uint8Array, at: number, mark: number): number {
  const low = bytes[at]! | (bytes[at + 1]! << 8);
  if (mark === 0xfc) return low;
  const middle = low | (bytes[at + 2]! << 16);
  if (mark === 0xfd) return middle;
  let high = 0;
  for (let i = 7; i >= 3; i--) high = high * 256 + bytes[at + i]!;
  return high * 0x1000000 + middle;
}

function pastEnd(column: number): Error {
  return protocolError(`binary row: column ${column + 1} ends past the row`);
}
