import type { ByteReader } from '../protocol/byte-reader.ts';
import { columnType } from '../protocol/column.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { decimalBytes } from './decimal-bytes.ts';

/** Column types that stand in table maps only. */
export const loggedType = {
  ...columnType,
  timestamp2: 17,
  datetime2: 18,
  time2: 19,
  blobCompressed: 140,
  varcharCompressed: 141,
} as const;

/** A column as a table map shows it: how its values lie in the row images after it. */
export interface LoggedColumn {
  /** The type values are stored as: `enum` and `set` where the map says `string` and means them. */
  readonly type: number;
  /**
   * Bytes a value has, or, when `prefixed`, bytes of the little-endian length before it. NaN: not to be known from the
   * map, as with temporal types of before MariaDB 10.0 that have a fraction.
   */
  readonly width: number;
  readonly prefixed: boolean;
  /** Longest value in bytes of strings, precision of decimals, digits of fractions, bits of BIT; else 0. */
  readonly size: number;
  /** Scale of decimals; else 0. */
  readonly scale: number;
}

const fixed = (type: number, width: number, size = 0, scale = 0): LoggedColumn => ({
  type,
  width,
  prefixed: false,
  size,
  scale,
});
const prefixed = (type: number, width: number, size: number): LoggedColumn => ({
  type,
  width,
  prefixed: true,
  size,
  scale: 0,
});
const lengthBytesOf = (maxBytes: number) => (maxBytes > 255 ? 2 : 1);
/** Two decimal digits of a fraction to a byte. */
const fractionBytes = (digits: number) => (digits + 1) >> 1;

/** Reads the metadata of one column; `type` is what the map's list of types says. Errors: `node/protocol`. */
export function decodeLoggedColumn(type: number, metadata: ByteReader): LoggedColumn {
  switch (type) {
    case loggedType.tiny:
    case loggedType.year:
      return fixed(type, 1);
    case loggedType.short:
      return fixed(type, 2);
    case loggedType.int24:
    case loggedType.date:
    case loggedType.newdate:
      return fixed(type, 3);
    case loggedType.long:
      return fixed(type, 4);
    case loggedType.longlong:
      return fixed(type, 8);
    case loggedType.float:
    case loggedType.double:
      return fixed(type, metadata.u8());
    case loggedType.timestamp:
    case loggedType.datetime:
    case loggedType.time:
      return fixed(type, Number.NaN);
    case loggedType.timestamp2: {
      const digits = fractionDigits(metadata);
      return fixed(type, 4 + fractionBytes(digits), digits);
    }
    case loggedType.datetime2: {
      const digits = fractionDigits(metadata);
      return fixed(type, 5 + fractionBytes(digits), digits);
    }
    case loggedType.time2: {
      const digits = fractionDigits(metadata);
      return fixed(type, 3 + fractionBytes(digits), digits);
    }
    case loggedType.newdecimal: {
      const precision = metadata.u8();
      const scale = metadata.u8();
      return fixed(type, decimalBytes(precision, scale), precision, scale);
    }
    case loggedType.bit: {
      const odd = metadata.u8();
      const bytes = metadata.u8();
      return fixed(type, bytes + (odd > 0 ? 1 : 0), bytes * 8 + odd);
    }
    case loggedType.varchar:
    case loggedType.varString:
    case loggedType.varcharCompressed: {
      const size = metadata.u16();
      return prefixed(type, lengthBytesOf(size), size);
    }
    case loggedType.blob:
    case loggedType.geometry:
    case loggedType.json:
    case loggedType.blobCompressed: {
      const width = metadata.u8();
      if (width < 1 || width > 4) throw protocolError(`table map: a length of ${width} bytes`);
      return prefixed(type, width, 2 ** (8 * width) - 1);
    }
    case loggedType.string:
      return decodeString(metadata);
    default:
      throw protocolError(`table map: column type ${type} is unknown`);
  }
}

function fractionDigits(metadata: ByteReader): number {
  const digits = metadata.u8();
  if (digits > 6) throw protocolError(`table map: ${digits} digits after the second`);
  return digits;
}

const lengthHighBits = 0x30;

/** Real type and length in two bytes; lengths past 255 lend two bits from the type's byte, where they lie inverted. */
function decodeString(metadata: ByteReader): LoggedColumn {
  const first = metadata.u8();
  const second = metadata.u8();
  const type = first | lengthHighBits;
  if (first === loggedType.enum || first === loggedType.set) {
    if (second < 1 || second > 8) throw protocolError(`table map: an ENUM or SET of ${second} bytes`);
    return fixed(first, second);
  }
  if (type !== loggedType.string) throw protocolError(`table map: string type ${first} is unknown`);
  const size = second | (((first & lengthHighBits) ^ lengthHighBits) << 4);
  return prefixed(type, lengthBytesOf(size), size);
}
