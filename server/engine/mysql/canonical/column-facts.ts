import { TidemarkError } from '#server/base/error.ts';
import type { FragmentColumn } from '#server/manifest/schema.ts';
import { charsetOf } from './charset.ts';
import { charsetEncoder } from './charset-encoder.ts';
import { type DeclaredType, parseDeclaredType } from './declared-type.ts';

/** What a value is, as far as its stored forms differ. */
export type ValueKind =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'float'
  | 'double'
  | 'decimal'
  | 'bit'
  | 'year'
  | 'date'
  | 'time'
  | 'datetime'
  | 'timestamp'
  | 'char'
  | 'binary'
  | 'varchar'
  | 'blob'
  | 'json'
  | 'geometry'
  | 'enum'
  | 'set'
  | 'uuid'
  | 'inet4'
  | 'inet6';

/** A column as both forms of its values are read with: made from the backup's table file alone. */
export interface ColumnFacts {
  readonly name: string;
  /** Type code in results of the binary protocol. */
  readonly wireType: number;
  readonly kind: ValueKind;
  readonly unsigned: boolean;
  readonly zerofill: boolean;
  /** Of DECIMAL; digits in front of the point and behind it together. */
  readonly precision: number;
  /** Of DECIMAL, and of temporal types: digits behind the second. */
  readonly scale: number;
  /** Of BINARY and BIT, in bytes and in bits. */
  readonly length: number;
  /** Values are kept as before MariaDB 10.1 and MySQL 5.6. */
  readonly oldTemporal: boolean;
  /** Of ENUM and SET: bytes in the column's character set; undefined where the table file does not tell them. */
  readonly members: readonly (Buffer | undefined)[];
  /** What SET puts between members. */
  readonly separator: Buffer;
  /** Computed from other columns. */
  readonly generated: boolean;
}

const kinds: Record<string, ValueKind> = {
  tinyint: 'tinyint',
  smallint: 'smallint',
  mediumint: 'mediumint',
  int: 'int',
  bigint: 'bigint',
  float: 'float',
  double: 'double',
  decimal: 'decimal',
  bit: 'bit',
  year: 'year',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  timestamp: 'timestamp',
  char: 'char',
  varchar: 'varchar',
  binary: 'binary',
  varbinary: 'varchar',
  tinytext: 'blob',
  text: 'blob',
  mediumtext: 'blob',
  longtext: 'blob',
  tinyblob: 'blob',
  blob: 'blob',
  mediumblob: 'blob',
  longblob: 'blob',
  enum: 'enum',
  set: 'set',
  json: 'json',
  uuid: 'uuid',
  inet4: 'inet4',
  inet6: 'inet6',
  geometry: 'geometry',
  point: 'geometry',
  linestring: 'geometry',
  polygon: 'geometry',
  multipoint: 'geometry',
  multilinestring: 'geometry',
  multipolygon: 'geometry',
  geometrycollection: 'geometry',
  geomcollection: 'geometry',
};

const unsignedFlag = 0x20;

/** Errors: `table/unsupported` for a type that is not known here. */
export function columnFacts(column: FragmentColumn): ColumnFacts {
  const declared = parseDeclaredType(column.declared);
  const kind = kinds[declared.name];
  if (!kind) {
    throw new TidemarkError('table/unsupported', `column ${column.name} is of type ${declared.name}`, {
      hint: 'Leave the table out, or change the column to a type that is known.',
      context: { column: column.name, declared: column.declared },
    });
  }
  const charset = charsetOf(column.charset);
  const encode = charsetEncoder(charset);
  const [first = 0, second = 0] = declared.numbers;
  return {
    name: column.name,
    wireType: column.type,
    kind,
    unsigned: (column.flags & unsignedFlag) !== 0,
    zerofill: declared.attributes.has('zerofill'),
    precision: kind === 'decimal' ? first : 0,
    scale: kind === 'decimal' ? second : isTemporal(kind) ? first : 0,
    length: kind === 'binary' || kind === 'bit' ? (declared.numbers[0] ?? 1) : 0,
    oldTemporal: declared.attributes.has('mariadb-5.3') || declared.attributes.has('5.5 binary format'),
    members: declared.members.map((member) => memberBytes(member, declared, charset, encode(member))),
    separator: encode(',') ?? Buffer.from(','),
    generated: column.generated,
  };
}

/**
 * The catalog is written in a character set without characters past U+FFFF and shows `?` for them: of a member with a
 * question mark in a column that can hold them nobody can tell which it is.
 */
function memberBytes(
  member: string,
  { name }: DeclaredType,
  charset: string | undefined,
  encoded: Buffer | undefined,
): Buffer | undefined {
  const pastBmp = charset === 'utf8mb4' || charset?.startsWith('utf16') || charset === 'utf32';
  if (pastBmp && member.includes('?')) return undefined;
  return name === 'enum' || name === 'set' ? encoded : undefined;
}

function isTemporal(kind: ValueKind): boolean {
  return kind === 'time' || kind === 'datetime' || kind === 'timestamp';
}
