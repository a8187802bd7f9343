import { loggedType } from '../binlog/logged-column.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ValueWriter } from './logged-numbers.ts';
import { putDateTime, putInstant, putTime } from './temporal-form.ts';

/** Temporal values as binlogs hold them since MariaDB 10.1 and MySQL 5.6; logged-old-temporals.ts has those of before. */

/** Three bytes, little-endian: year, month, day in 15, 4 and 5 bits. */
export const writeDate: ValueWriter = (bytes, start, _stop, out) => {
  const packed = bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16);
  putDateTime(out, packed >> 9, (packed >> 5) & 15, packed & 31, 0, 0, 0, 0);
};

/** Fractions: two digits to a byte, big-endian. */
function microsAt(bytes: Buffer, start: number, stop: number): number {
  switch (stop - start) {
    case 0:
      return 0;
    case 1:
      return bytes[start]! * 10_000;
    case 2:
      return bytes.readUInt16BE(start) * 100;
    default:
      return bytes.readUIntBE(start, 3);
  }
}

const writeDatetime2: ValueWriter = (bytes, start, stop, out) => {
  // The sign bit is always set; then year*13+month in 17 bits, day 5, hour 5, minute 6, second 6.
  const high = ((bytes[start]! & 0x7f) << 16) | (bytes[start + 1]! << 8) | bytes[start + 2]!;
  const low = (bytes[start + 3]! << 8) | bytes[start + 4]!;
  const months = high >> 6;
  const hour = ((high & 1) << 4) | (low >> 12);
  const year = Math.floor(months / 13);
  const micros = microsAt(bytes, start + 5, stop);
  putDateTime(out, year, months % 13, (high >> 1) & 31, hour, (low >> 6) & 63, low & 63, micros);
};

const writeTimestamp2: ValueWriter = (bytes, start, stop, out) =>
  putInstant(out, bytes.readUInt32BE(start), microsAt(bytes, start + 4, stop));

/** Hours, minutes, seconds in 10, 6 and 6 bits and the fraction as one number, half its range added. */
const writeTime2: ValueWriter = (bytes, start, stop, out) => {
  const width = stop - start;
  const fraction = 256 ** (width - 3);
  const value = bytes.readUIntBE(start, width) - 0x800000 * fraction;
  const size = Math.abs(value);
  const clock = Math.floor(size / fraction);
  const micros = (size - clock * fraction) * 100 ** (6 - width);
  putTime(out, value < 0, clock >> 12, (clock >> 6) & 63, clock & 63, micros);
};

export function temporalWriter(facts: ColumnFacts, logged: number): ValueWriter {
  switch (logged) {
    case loggedType.datetime2:
      return writeDatetime2;
    case loggedType.timestamp2:
      return writeTimestamp2;
    case loggedType.time2:
      return writeTime2;
    default:
      throw protocolError(`row image: column ${facts.name} has temporal type ${logged}`);
  }
}
