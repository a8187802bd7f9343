import { commandByte } from './command.ts';
import { rowFrameHeaderBytes } from './row-scanner.ts';
import { copyValue, type StoredRows } from './stored-rows.ts';

const sendTypes = 128;
const present = 0;
const isNull = 1;
const headBytes = 1 + 4 + 2;
const usualBytes = 256 * 1024;

export interface BatchMessage {
  /** The whole command, ready for `bulkExecute` or `executeMessage`. */
  readonly message: Buffer;
  readonly rows: number;
  /** Where in the frames the next batch begins; the frames' length when all are taken. */
  readonly next: number;
}

/**
 * COM_STMT_BULK_EXECUTE (MariaDB) as it is written into `room`: statement, flags, types, then per row and parameter one
 * indicator byte and the value's own wire bytes.
 */
export class BulkMessage {
  rows = 0;
  /** Of the frames that were taken. */
  frameBytes = 0;
  readonly room: Buffer;
  private readonly source: StoredRows;
  private out: number;

  constructor(source: StoredRows, statementId: number, room: Buffer) {
    this.source = source;
    this.room = room;
    this.out = writeHead(source, statementId, room);
  }

  get message(): Buffer {
    return this.room.subarray(0, this.out);
  }

  /** Takes rows from `from` on as long as they are sure to fit; returns where it stopped. Errors: `node/protocol` on a damaged row. */
  append(frames: Buffer, from: number): number {
    const { source, room } = this;
    const { walker, chosen } = source;
    let at = from;
    let out = this.out;
    while (at < frames.length) {
      const end = source.frameEnd(frames, at);
      if (out + boundOf(source, end - at) > room.length) break;
      walker.walk(frames, at + rowFrameHeaderBytes, end);
      for (let i = 0; i < chosen.length; i++) {
        const column = chosen[i]!;
        const start = walker.fieldStart[column]!;
        if (start < 0) {
          room[out++] = isNull;
          continue;
        }
        room[out++] = present;
        out = copyValue(frames, start, walker.valueEnd[column]!, room, out);
      }
      this.rows++;
      at = end;
    }
    this.out = out;
    this.frameBytes += at - from;
    return at;
  }
}

/**
 * One whole message out of stored rows: from `from` on until it would pass the usual size, but at least one row. Errors:
 * `node/protocol` on a damaged row.
 */
export function encodeBulkBatch(
  rows: StoredRows,
  statementId: number,
  frames: Buffer,
  from = 0,
  maxBytes = usualBytes,
): BatchMessage {
  let bound = headOf(rows);
  for (let at = from; at < frames.length; ) {
    const end = rows.frameEnd(frames, at);
    const more = boundOf(rows, end - at);
    if (at > from && bound + more > maxBytes) break;
    bound += more;
    at = end;
  }
  const batch = new BulkMessage(rows, statementId, Buffer.allocUnsafe(bound));
  const next = batch.append(frames, from);
  return { message: batch.message, rows: batch.rows, next };
}

/** Where the head ends. */
function writeHead(source: StoredRows, statementId: number, message: Buffer): number {
  message[0] = commandByte.stmtBulkExecute;
  message.writeUInt32LE(statementId, 1);
  message.writeUInt16LE(sendTypes, 5);
  source.paramTypes.copy(message, headBytes);
  return headOf(source);
}

const indicators = { present: Buffer.of(present), null: Buffer.of(isNull) };

/**
 * The one row at `from` as the parts of a message, its values as views of `frames`: for a row so large that it should not
 * be there twice. Errors: `node/protocol` on a damaged row.
 */
export function encodeLargeRow(
  source: StoredRows,
  statementId: number,
  frames: Buffer,
  from: number,
): { message: Buffer[]; next: number } {
  const head = Buffer.allocUnsafe(headOf(source));
  writeHead(source, statementId, head);
  const message: Buffer[] = [head];
  const { walker, chosen } = source;
  const next = source.frameEnd(frames, from);
  walker.walk(frames, from + rowFrameHeaderBytes, next);
  for (const column of chosen) {
    const start = walker.fieldStart[column]!;
    if (start < 0) message.push(indicators.null);
    else message.push(indicators.present, frames.subarray(start, walker.valueEnd[column]!));
  }
  return { message, next };
}

const headOf = ({ paramTypes }: StoredRows) => headBytes + paramTypes.length;

/** A row needs at most its payload and one indicator per parameter. */
const boundOf = ({ chosen }: StoredRows, frameBytes: number) => frameBytes - rowFrameHeaderBytes + chosen.length;
