import { ByteReader } from './byte-reader.ts';

/** Column types as they stand in result sets and parameters. */
export const columnType = {
  decimal: 0,
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  null: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  newdate: 14,
  varchar: 15,
  bit: 16,
  json: 245,
  newdecimal: 246,
  enum: 247,
  set: 248,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

const unsignedFlag = 0x20;
/** The collation of bytes that are no text. */
export const binaryCollation = 63;

export interface Column {
  readonly name: string;
  /** The column behind an alias; empty for expressions. */
  readonly orgName: string;
  readonly table: string;
  readonly schema: string;
  readonly type: number;
  readonly flags: number;
  readonly unsigned: boolean;
  readonly collation: number;
  readonly length: number;
  /** Fractional digits; 31 (or 39) where they are not fixed. */
  readonly decimals: number;
  /** MariaDB's name for types that travel as text: `uuid`, `inet6`, `inet4`, or a geometry's own type; else undefined. */
  readonly extendedType?: string;
}

/** A column of a result set or a parameter of a statement; `extended` when extended metadata was agreed on. */
export function decodeColumn(payload: Buffer, extended: boolean): Column {
  const reader = new ByteReader(payload, 'column definition');
  reader.lenencView(); // catalog, always "def"
  const schema = reader.lenencText();
  const table = reader.lenencText();
  reader.lenencView(); // the table behind an alias
  const name = reader.lenencText();
  const orgName = reader.lenencText();
  const extendedType = extended ? decodeExtendedType(reader.lenencView()) : undefined;
  const fixed = new ByteReader(reader.lenencView(), 'column definition, fixed fields');
  reader.end();
  const collation = fixed.u16();
  const length = fixed.u32();
  const type = fixed.u8();
  const flags = fixed.u16();
  const decimals = fixed.u8();
  fixed.u16();
  fixed.end();
  const unsigned = (flags & unsignedFlag) !== 0;
  return { name, orgName, table, schema, type, flags, unsigned, collation, length, decimals, extendedType };
}

/** Pairs of kind (0 = type name, 1 = format name) and text. */
function decodeExtendedType(bytes: Buffer): string | undefined {
  const reader = new ByteReader(bytes, 'column definition, extended type');
  let type: string | undefined;
  while (reader.left > 0) {
    const kind = reader.u8();
    const text = reader.lenencText();
    if (kind === 0) type = text;
  }
  return type;
}
