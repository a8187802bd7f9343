import { commandByte } from './command.ts';
import type { Message } from './packet-frame.ts';
import { rowFrameHeaderBytes } from './row-scanner.ts';
import { copyValue, type StoredRows } from './stored-rows.ts';

const sendTypes = 128;
const present = 0;
const isNull = 1;
const headBytes = 1 + 4 + 2;
const usualBytes = 256 * 1024;

export interface BatchMessage<M extends Message = Buffer> {
  /** The whole command, ready for `bulkExecute` or `executeMessage`. */
  readonly message: M;
  readonly messageBytes: number;
  readonly rows: number;
  /** Where in the frames the next batch begins; the frames' length when all are taken. */
  readonly next: number;
}

/**
 * COM_STMT_BULK_EXECUTE (MariaDB) out of stored rows: statement, flags, types, then per row and parameter one
 * indicator byte and the value's own wire bytes. Takes rows from `from` on as long as they are sure to fit `room`, where
 * the message is written; without `room` it gets a buffer of its own. The values of one row that is larger are sent from
 * where they lie in `frames`. Errors: `node/protocol` on a damaged row.
 */
export function encodeBulkBatch(
  rows: StoredRows,
  statementId: number,
  frames: Buffer,
  from = 0,
  room?: Buffer,
): BatchMessage<Message> {
  const { walker, chosen, paramTypes } = rows;
  const typesEnd = headBytes + paramTypes.length;
  const most = room?.length ?? usualBytes;
  const plan = planBatch(rows, frames, from, most - typesEnd);
  const bound = typesEnd + plan.boundBytes;
  if (bound > most) return encodeLargeRow(rows, statementId, frames, from, plan.next);
  const message = room ?? Buffer.allocUnsafe(bound);
  writeHead(message, statementId, paramTypes);
  let out = typesEnd;
  for (let at = from; at < plan.next; ) {
    const end = rows.frameEnd(frames, at);
    walker.walk(frames, at + rowFrameHeaderBytes, end);
    for (let i = 0; i < chosen.length; i++) {
      const column = chosen[i]!;
      const start = walker.fieldStart[column]!;
      if (start < 0) {
        message[out++] = isNull;
        continue;
      }
      message[out++] = present;
      out = copyValue(frames, start, walker.valueEnd[column]!, message, out);
    }
    at = end;
  }
  return { message: message.subarray(0, out), messageBytes: out, rows: plan.rows, next: plan.next };
}

function writeHead(message: Buffer, statementId: number, paramTypes: Buffer): void {
  message[0] = commandByte.stmtBulkExecute;
  message.writeUInt32LE(statementId, 1);
  message.writeUInt16LE(sendTypes, 5);
  paramTypes.copy(message, headBytes);
}

const indicators = { present: Buffer.of(present), null: Buffer.of(isNull) };

/** The one row between `from` and `next`, its values as views of `frames`. */
function encodeLargeRow(
  { walker, chosen, paramTypes }: StoredRows,
  statementId: number,
  frames: Buffer,
  from: number,
  next: number,
): BatchMessage<Message> {
  const head = Buffer.allocUnsafe(headBytes + paramTypes.length);
  writeHead(head, statementId, paramTypes);
  const message: Buffer[] = [head];
  walker.walk(frames, from + rowFrameHeaderBytes, next);
  for (const column of chosen) {
    const start = walker.fieldStart[column]!;
    if (start < 0) message.push(indicators.null);
    else message.push(indicators.present, frames.subarray(start, walker.valueEnd[column]!));
  }
  return { message, messageBytes: message.reduce((sum, part) => sum + part.length, 0), rows: 1, next };
}

/** A row needs at most its payload and one indicator per parameter. */
function planBatch(rows: StoredRows, frames: Buffer, from: number, maxBytes: number) {
  let boundBytes = 0;
  let count = 0;
  let next = from;
  while (next < frames.length) {
    const end = rows.frameEnd(frames, next);
    const rowBytes = end - next - rowFrameHeaderBytes + rows.chosen.length;
    if (count > 0 && boundBytes + rowBytes > maxBytes) break;
    boundBytes += rowBytes;
    count++;
    next = end;
  }
  return { boundBytes, rows: count, next };
}
