import { protocolError } from '../protocol/protocol-error.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ValueWriter } from './logged-numbers.ts';
import { putDateTime, putInstant, putTime } from './temporal-form.ts';

/**
 * Temporal columns made before MariaDB 10.1 (or with mysql56_temporal_format off) keep their form, and table maps do
 * not tell their fraction: only the declared type does. By digits of the fraction, 0 to 6: how many bytes.
 */
const timestampBytes = [4, 5, 5, 6, 6, 7, 7];
const datetimeBytes = [8, 6, 6, 7, 7, 7, 8];
const timeBytes = [3, 4, 4, 5, 5, 5, 6];

export function oldTemporalBytes({ kind, scale }: ColumnFacts): number {
  if (kind === 'timestamp') return timestampBytes[scale]!;
  if (kind === 'datetime') return datetimeBytes[scale]!;
  return timeBytes[scale]!;
}

export function oldTemporalWriter({ kind, scale, name }: ColumnFacts): ValueWriter {
  const unit = 10 ** (6 - scale);
  if (kind === 'timestamp') return scale === 0 ? writeTimestamp : fractionalTimestamp(unit);
  if (kind === 'datetime') return scale === 0 ? writeDatetime : fractionalDatetime(BigInt(unit));
  if (kind === 'time') return scale === 0 ? writeTime : fractionalTime(unit);
  throw protocolError(`row image: column ${name} has an old temporal type`);
}

/** Four bytes, little-endian. */
const writeTimestamp: ValueWriter = (bytes, start, _stop, out) => putInstant(out, bytes.readUInt32LE(start), 0);

/** Four bytes of seconds, then the fraction, both big-endian. */
function fractionalTimestamp(unit: number): ValueWriter {
  return (bytes, start, stop, out) => {
    const fraction = bytes.readUIntBE(start + 4, stop - start - 4);
    putInstant(out, bytes.readUInt32BE(start), fraction * unit);
  };
}

/** The decimal digits YYYYMMDDhhmmss as one number, little-endian. */
const writeDatetime: ValueWriter = (bytes, start, _stop, out) => {
  const digits = bytes.readBigUInt64LE(start);
  const date = Number(digits / 1_000_000n);
  const clock = Number(digits % 1_000_000n);
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100];
  putDateTime(out, year, month, day, Math.floor(clock / 10_000), Math.floor(clock / 100) % 100, clock % 100, 0);
};

/** Mixed radix, 13 months, 32 days, in units of the column's last digit, big-endian. */
function fractionalDatetime(unit: bigint): ValueWriter {
  return (bytes, start, stop, out) => {
    let packed = 0n;
    for (let at = start; at < stop; at++) packed = (packed << 8n) | BigInt(bytes[at]!);
    packed *= unit;
    const next = (radix: bigint) => {
      const digit = Number(packed % radix);
      packed /= radix;
      return digit;
    };
    const micros = next(1_000_000n);
    const second = next(60n);
    const minute = next(60n);
    const hour = next(24n);
    const day = next(32n);
    const month = next(13n);
    putDateTime(out, Number(packed), month, day, hour, minute, second, micros);
  };
}

/** The decimal digits hhmmss as one signed number, little-endian. */
const writeTime: ValueWriter = (bytes, start, _stop, out) => {
  const digits = bytes.readIntLE(start, 3);
  const size = Math.abs(digits);
  putTime(out, digits < 0, Math.floor(size / 10_000), Math.floor(size / 100) % 100, size % 100, 0);
};

/** One second more than the longest TIME: what is added so that nothing is negative. */
const zeroPointSeconds = 838 * 3600 + 59 * 60 + 59 + 1;

/** Seconds and fraction in units of the column's last digit, big-endian. */
function fractionalTime(unit: number): ValueWriter {
  return (bytes, start, stop, out) => {
    const micros = bytes.readUIntBE(start, stop - start) * unit - zeroPointSeconds * 1_000_000;
    const size = Math.abs(micros);
    const seconds = Math.floor(size / 1_000_000);
    const hours = Math.floor(seconds / 3600);
    putTime(out, micros < 0, hours, Math.floor(seconds / 60) % 60, seconds % 60, size % 1_000_000);
  };
}
