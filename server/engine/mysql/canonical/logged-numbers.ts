import { digitGroupBytes, digitsPerGroup } from '../binlog/decimal-bytes.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { RowBuffer } from './row-buffer.ts';

/** Writes the canonical form of the logged value `bytes[start, stop)`. */
export type ValueWriter = (bytes: Buffer, start: number, stop: number, out: RowBuffer) => void;

/** Integers, FLOAT and DOUBLE lie alike in both. */
export const writeVerbatim: ValueWriter = (bytes, start, stop, out) => out.copy(bytes, start, stop);

/** Three bytes logged, four in results. */
export function mediumintWriter({ unsigned }: ColumnFacts): ValueWriter {
  return (bytes, start, _stop, out) => {
    const at = out.take(4);
    const to = out.bytes;
    to[at] = bytes[start]!;
    to[at + 1] = bytes[start + 1]!;
    to[at + 2] = bytes[start + 2]!;
    to[at + 3] = !unsigned && bytes[start + 2]! & 0x80 ? 0xff : 0;
  };
}

const firstYear = 1900;

/** Years since 1900 in a byte, 0 for the year 0000. */
export const writeYear: ValueWriter = (bytes, start, _stop, out) => {
  const since = bytes[start]!;
  const at = out.take(2);
  out.bytes.writeUInt16LE(since === 0 ? 0 : firstYear + since, at);
};

/** BIT: big-endian in both, with a length in results. */
export const writeBit: ValueWriter = (bytes, start, stop, out) => {
  out.lenenc(stop - start);
  out.copy(bytes, start, stop);
};

/**
 * DECIMAL: groups of nine digits, big-endian, the first bit inverted, all bits inverted for negative numbers. Results
 * hold the text: at least one digit in front of the point, all of the scale behind it, all of both with ZEROFILL.
 */
export function decimalWriter({ precision, scale, zerofill }: ColumnFacts): ValueWriter {
  const whole = precision - scale;
  const groups = Uint8Array.from([
    ...sideGroups(whole % digitsPerGroup, Math.floor(whole / digitsPerGroup)),
    ...sideGroups(0, Math.floor(scale / digitsPerGroup), scale % digitsPerGroup),
  ]);
  const widths = groups.map((group) => digitGroupBytes[group]!);
  const digits = new Uint8Array(Math.max(precision, 1));
  return (bytes, start, stop, out) => {
    if (stop === start) throw protocolError('row image: a decimal of no bytes');
    const negative = (bytes[start]! & 0x80) === 0;
    const flip = negative ? 0xff : 0;
    let from = start;
    let digit = 0;
    for (let g = 0; g < groups.length; g++) {
      let value = 0;
      for (const end = from + widths[g]!; from < end; from++) {
        const byte = bytes[from]! ^ flip;
        value = value * 256 + (from === start ? byte ^ 0x80 : byte);
      }
      const next = digit + groups[g]!;
      for (let i = next - 1; i >= digit; i--) {
        const rest = (value / 10) | 0;
        digits[i] = value - rest * 10;
        value = rest;
      }
      if (value !== 0) throw protocolError('row image: a decimal has more digits than its column');
      digit = next;
    }
    let first = 0;
    if (!zerofill) while (first < whole - 1 && digits[first] === 0) first++;
    writeDigits(digits, first, whole, precision, negative, out);
  };
}

const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;

function writeDigits(
  digits: Uint8Array,
  first: number,
  whole: number,
  precision: number,
  negative: boolean,
  out: RowBuffer,
): void {
  const shownWhole = Math.max(whole - first, 1);
  const length = (negative ? 1 : 0) + shownWhole + (precision > whole ? precision - whole + 1 : 0);
  out.lenenc(length);
  let at = out.take(length);
  const to = out.bytes;
  if (negative) to[at++] = minus;
  if (whole === 0) to[at++] = zero;
  for (let i = first; i < whole; i++) to[at++] = zero + digits[i]!;
  if (precision > whole) to[at++] = point;
  for (let i = whole; i < precision; i++) to[at++] = zero + digits[i]!;
}

/** Digits of each group on one side of the point, the odd one away from it. */
function sideGroups(before: number, full: number, after = 0): number[] {
  return [before, ...Array<number>(full).fill(digitsPerGroup), after].filter((group) => group > 0);
}
