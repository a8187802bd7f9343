import { TidemarkError } from '#server/base/error.ts';
import { type LoggedColumn, loggedType } from '../binlog/logged-column.ts';
import type { ColumnFacts, ValueKind } from './column-facts.ts';
import { addressWriter } from './logged-addresses.ts';
import {
  decimalWriter,
  mediumintWriter,
  type ValueWriter,
  writeBit,
  writeVerbatim,
  writeYear,
} from './logged-numbers.ts';
import { oldTemporalBytes, oldTemporalWriter } from './logged-old-temporals.ts';
import { binaryWriter, compressedWriter, enumWriter, setWriter, writeString } from './logged-strings.ts';
import { temporalWriter, writeDate } from './logged-temporals.ts';

const { string, varchar, varString, varcharCompressed, blob, blobCompressed } = loggedType;

/** The types a column of each kind is logged as. */
const loggedAs: Record<ValueKind, readonly number[]> = {
  tinyint: [loggedType.tiny],
  smallint: [loggedType.short],
  mediumint: [loggedType.int24],
  int: [loggedType.long],
  bigint: [loggedType.longlong],
  float: [loggedType.float],
  double: [loggedType.double],
  decimal: [loggedType.newdecimal],
  bit: [loggedType.bit],
  year: [loggedType.year],
  date: [loggedType.date, loggedType.newdate],
  time: [loggedType.time, loggedType.time2],
  datetime: [loggedType.datetime, loggedType.datetime2],
  timestamp: [loggedType.timestamp, loggedType.timestamp2],
  char: [string],
  binary: [string],
  varchar: [varchar, varString, varcharCompressed],
  blob: [blob, blobCompressed],
  json: [], // MySQL logs JSON in a binary form of its own
  geometry: [loggedType.geometry],
  enum: [loggedType.enum],
  set: [loggedType.set],
  uuid: [string],
  inet4: [string],
  inet6: [string],
};

/**
 * How values of a column are read from the log. Errors: `table/unsupported` where the log shows another column than the
 * facts do: the table was altered between the two.
 */
export function valueWriter(facts: ColumnFacts, logged: LoggedColumn): ValueWriter {
  if (!fits(facts, logged)) throw otherColumn(facts, logged);
  switch (facts.kind) {
    case 'mediumint':
      return mediumintWriter(facts);
    case 'decimal':
      return decimalWriter(facts);
    case 'bit':
      return writeBit;
    case 'year':
      return writeYear;
    case 'date':
      return writeDate;
    case 'time':
    case 'datetime':
    case 'timestamp':
      return isOld(logged) ? oldTemporalWriter(facts) : temporalWriter(facts, logged.type);
    case 'binary':
      return binaryWriter(facts);
    case 'char':
    case 'geometry':
      return writeString;
    case 'varchar':
    case 'blob':
      return logged.type === varcharCompressed || logged.type === blobCompressed
        ? compressedWriter(facts)
        : writeString;
    case 'enum':
      return enumWriter(facts);
    case 'set':
      return setWriter(facts);
    case 'uuid':
    case 'inet4':
    case 'inet6':
      return addressWriter(facts);
    default:
      return writeVerbatim;
  }
}

/** With the width the table map leaves out. */
export function withWidth(facts: ColumnFacts, logged: LoggedColumn): LoggedColumn {
  return isOld(logged) ? { ...logged, width: oldTemporalBytes(facts) } : logged;
}

function isOld({ type }: LoggedColumn): boolean {
  return type === loggedType.time || type === loggedType.datetime || type === loggedType.timestamp;
}

function fits(facts: ColumnFacts, logged: LoggedColumn): boolean {
  if (!loggedAs[facts.kind].includes(logged.type)) return false;
  switch (facts.kind) {
    case 'float':
      return logged.width === 4;
    case 'double':
      return logged.width === 8;
    case 'decimal':
      return logged.size === facts.precision && logged.scale === facts.scale;
    case 'bit':
    case 'binary':
      return logged.size === facts.length;
    case 'uuid':
    case 'inet6':
      return logged.size === 16;
    case 'inet4':
      return logged.size === 4;
    case 'time':
    case 'datetime':
    case 'timestamp':
      return isOld(logged) ? facts.oldTemporal : !facts.oldTemporal && logged.size === facts.scale;
    case 'enum':
      return facts.members.length > 0 && logged.width === (facts.members.length > 255 ? 2 : 1);
    case 'set':
      return facts.members.length > 0 && logged.width >= Math.ceil(facts.members.length / 8);
    default:
      return true;
  }
}

function otherColumn({ name, kind }: ColumnFacts, logged: LoggedColumn): TidemarkError {
  return new TidemarkError('table/unsupported', `the log holds another column than ${name} ${kind}`, {
    hint: 'The table was altered between the backup and this change. Choose a backup taken after that, or a time before it.',
    context: { column: name, logged },
  });
}
