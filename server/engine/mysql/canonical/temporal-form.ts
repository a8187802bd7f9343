import type { RowBuffer } from './row-buffer.ts';

/** DATE, DATETIME and TIMESTAMP as results hold them: as many fields as are not zero from the end. */
export function putDateTime(
  out: RowBuffer,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
): void {
  const length = micros ? 11 : hour || minute || second ? 7 : year || month || day ? 4 : 0;
  const at = out.take(length + 1);
  const to = out.bytes;
  to[at] = length;
  if (length === 0) return;
  to.writeUInt16LE(year, at + 1);
  to[at + 3] = month;
  to[at + 4] = day;
  if (length === 4) return;
  to[at + 5] = hour;
  to[at + 6] = minute;
  to[at + 7] = second;
  if (length === 11) to.writeUInt32LE(micros, at + 8);
}

/** TIME as results hold it: sign, days, hours of the day, minutes, seconds, microseconds. */
export function putTime(
  out: RowBuffer,
  negative: boolean,
  hours: number,
  minute: number,
  second: number,
  micros: number,
): void {
  const length = micros ? 12 : hours || minute || second ? 8 : 0;
  const at = out.take(length + 1);
  const to = out.bytes;
  to[at] = length;
  if (length === 0) return;
  to[at + 1] = negative ? 1 : 0;
  to.writeUInt32LE(Math.floor(hours / 24), at + 2);
  to[at + 6] = hours % 24;
  to[at + 7] = minute;
  to[at + 8] = second;
  if (length === 12) to.writeUInt32LE(micros, at + 9);
}

const secondsPerDay = 86_400;
/** Days of 400 years, after which the calendar repeats. */
const daysPerEra = 146_097;
/** Days from 1 March of year 0 to 1 January 1970. */
const daysToEpoch = 719_468;

/** TIMESTAMP: an instant in UTC; nothing at all is the zero date. */
export function putInstant(out: RowBuffer, seconds: number, micros: number): void {
  if (seconds === 0 && micros === 0) {
    putDateTime(out, 0, 0, 0, 0, 0, 0, 0);
    return;
  }
  const days = Math.floor(seconds / secondsPerDay);
  const rest = seconds - days * secondsPerDay;
  // Counted from March, so that the leap day is the last of its year.
  const shifted = days + daysToEpoch;
  const era = Math.floor(shifted / daysPerEra);
  const dayOfEra = shifted - era * daysPerEra;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const march = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * march + 2) / 5) + 1;
  const month = march < 10 ? march + 3 : march - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  putDateTime(out, year, month, day, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60, micros);
}
