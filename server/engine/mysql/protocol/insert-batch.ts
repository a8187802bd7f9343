import type { BatchMessage } from './bulk-batch.ts';
import { commandByte, stmtExecuteHeadBytes } from './command.ts';
import { protocolError } from './protocol-error.ts';
import { rowFrameHeaderBytes } from './row-scanner.ts';
import { copyValue, type StoredRows } from './stored-rows.ts';

/** The parameter count of a prepared statement is a 16-bit number. */
export const maxStatementParams = 65_535;

/**
 * COM_STMT_EXECUTE of `INSERT … VALUES (?,…),(?,…)…` with `rowCount` groups, out of stored rows: for servers without
 * bulk execute. Takes exactly `rowCount` rows from `from` on; the caller prepares a shorter statement for the last ones.
 * Errors: `node/protocol` when there are fewer rows, or on a damaged one.
 */
export function encodeInsertBatch(
  rows: StoredRows,
  statementId: number,
  frames: Buffer,
  from: number,
  rowCount: number,
): BatchMessage {
  const { walker, chosen, paramTypes } = rows;
  const paramCount = rowCount * chosen.length;
  const bitmapStart = stmtExecuteHeadBytes;
  const typesStart = bitmapStart + ((paramCount + 7) >> 3) + 1;
  const valuesStart = typesStart + paramCount * 2;
  const next = skipRows(rows, frames, from, rowCount);
  const message = Buffer.allocUnsafe(valuesStart + next - from);
  message.fill(0, 0, typesStart);
  message[0] = commandByte.stmtExecute;
  message.writeUInt32LE(statementId, 1);
  message.writeUInt32LE(1, 6); // iterations
  message[typesStart - 1] = 1; // types follow
  for (let row = 0; row < rowCount; row++) paramTypes.copy(message, typesStart + row * paramTypes.length);
  let out = valuesStart;
  let param = 0;
  for (let at = from; at < next; ) {
    const end = rows.frameEnd(frames, at);
    walker.walk(frames, at + rowFrameHeaderBytes, end);
    for (let i = 0; i < chosen.length; i++, param++) {
      const column = chosen[i]!;
      const start = walker.fieldStart[column]!;
      if (start < 0) message[bitmapStart + (param >> 3)]! |= 1 << (param & 7);
      else out = copyValue(frames, start, walker.valueEnd[column]!, message, out);
    }
    at = end;
  }
  return { message: message.subarray(0, out), rows: rowCount, next };
}

function skipRows(rows: StoredRows, frames: Buffer, from: number, rowCount: number): number {
  let at = from;
  for (let row = 0; row < rowCount; row++) {
    if (at >= frames.length) throw protocolError(`${rowCount} rows were wanted, ${row} are there`);
    at = rows.frameEnd(frames, at);
  }
  return at;
}
