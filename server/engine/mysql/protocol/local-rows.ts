import { binaryValue } from './binary-row.ts';
import { columnType } from './column.ts';
import { isLengthEncoded, type LoadColumn } from './load-column.ts';
import { rowFrameHeaderBytes } from './row-scanner.ts';
import type { StoredRows } from './stored-rows.ts';

/** LOAD DATA reads what `encodeLocalRows` writes with these clauses, under a sql_mode with backslash escapes. */
export const localRowsClauses =
  "CHARACTER SET binary FIELDS TERMINATED BY '\\t' ENCLOSED BY '' ESCAPED BY '\\\\' LINES TERMINATED BY '\\n'";

const tab = 0x09;
const newline = 0x0a;
const backslash = 0x5c;
const nullLetter = 0x4e;
/** No number, date or time is written with more, nor does NULL or a separator make it so. */
const longestFixedBytes = 32;

export interface LocalRows {
  readonly bytes: Buffer;
  readonly rows: number;
  /** Where in the frames the next call begins. */
  readonly next: number;
}

/**
 * Stored rows as lines of LOAD DATA: bytes as they are with tab, newline and backslash escaped, everything else as text
 * that the server reads back as the same value. Takes rows from `from` on as long as they are sure to fit `room`; one
 * that is larger gets a buffer of its own. Errors: `node/protocol` on a damaged row.
 */
export function encodeLocalRows(rows: StoredRows, frames: Buffer, from: number, room: Buffer): LocalRows {
  const { walker, chosen, columns } = rows;
  const plan = planLines(rows, frames, from, room.length);
  const bytes = plan.boundBytes <= room.length ? room : Buffer.allocUnsafe(plan.boundBytes);
  let out = 0;
  for (let at = from; at < plan.next; ) {
    const end = rows.frameEnd(frames, at);
    walker.walk(frames, at + rowFrameHeaderBytes, end);
    for (let i = 0; i < chosen.length; i++) {
      const index = chosen[i]!;
      if (i > 0) bytes[out++] = tab;
      if (walker.fieldStart[index]! < 0) {
        bytes[out++] = backslash;
        bytes[out++] = nullLetter;
      } else {
        const [start, stop] = [walker.valueStart[index]!, walker.valueEnd[index]!];
        const column = columns[index]!;
        if (isLengthEncoded(column)) out = copyEscaped(frames, start, stop, bytes, out);
        else out += bytes.write(textOf(frames, start, stop, column), out, 'latin1');
      }
    }
    bytes[out++] = newline;
    at = end;
  }
  return { bytes: bytes.subarray(0, out), rows: plan.rows, next: plan.next };
}

function planLines(rows: StoredRows, frames: Buffer, from: number, roomBytes: number) {
  const fixedBytes = rows.chosen.length * longestFixedBytes + 1;
  let boundBytes = 0;
  let count = 0;
  let next = from;
  while (next < frames.length) {
    const end = rows.frameEnd(frames, next);
    const lineBytes = (end - next) * 2 + fixedBytes;
    if (count > 0 && boundBytes + lineBytes > roomBytes) break;
    boundBytes += lineBytes;
    count++;
    next = end;
  }
  return { boundBytes, rows: count, next };
}

function copyEscaped(from: Buffer, start: number, stop: number, to: Buffer, at: number): number {
  for (let i = start; i < stop; i++) {
    const byte = from[i]!;
    if (byte === tab || byte === newline || byte === backslash) to[at++] = backslash;
    to[at++] = byte;
  }
  return at;
}

/** Six fractional digits wherever there are some: those that the column has no room for are zeros. */
const mostDecimals = 6;

/**
 * FLOAT is written as the double it is, whose shortest text is read back as that double and so as that float. A year has
 * four digits, because 0 as a number is the year 2000.
 */
function textOf(frames: Buffer, start: number, stop: number, { type, unsigned }: LoadColumn): string {
  const value = binaryValue(frames, start, stop, { type, unsigned, decimals: mostDecimals, collation: 0 });
  if (type === columnType.year) return String(value).padStart(4, '0');
  return Object.is(value, -0) ? '-0' : String(value);
}
