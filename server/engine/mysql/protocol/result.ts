import { BinaryRowDecoder } from './binary-row.ts';
import { ByteReader } from './byte-reader.ts';
import { type Column, decodeColumn } from './column.ts';
import { decodePrepared, type Prepared } from './command.ts';
import { protocolError } from './protocol-error.ts';
import {
  decodeEof,
  decodeErr,
  decodeOk,
  errHeader,
  isEof,
  localInfileHeader,
  type Ok,
  okHeader,
  type ServerError,
} from './reply.ts';
import type { Row } from './row.ts';
import { decodeTextRow } from './text-row.ts';

/** The server answered a command with an error: the reply is over, the connection is in step. */
export class Refusal extends Error {
  readonly error: ServerError;

  constructor(error: ServerError) {
    super(error.message);
    this.name = 'Refusal';
    this.error = error;
  }
}

/** Reads one reply: takes its messages one by one, returns what they say. Throws `Refusal` or `node/protocol`. */
export type ReplyReader<T> = Generator<undefined, T, Buffer>;

export interface Outcome {
  readonly affectedRows: bigint;
  readonly insertId: bigint;
  readonly warnings: number;
}

export interface Result extends Outcome {
  readonly rows: Row[];
}

/** A reply that can only be OK or an error. */
export function* readOk(): ReplyReader<Ok> {
  return decodeOk(refuse(yield));
}

/**
 * The whole reply of a query or of an execute. Where there are several results (a procedure), rows are those of the
 * first one that has columns, and counts those of the last.
 */
export function* readResult(rowFormat: 'text' | 'binary', extended: boolean): ReplyReader<Result> {
  let rows: Row[] | undefined;
  for (;;) {
    const first = refuse(yield);
    if (first[0] === okHeader) {
      const ok = decodeOk(first);
      if (!ok.moreResults) return { ...outcomeOf(ok), rows: rows ?? [] };
      continue;
    }
    const columns = yield* readColumns(decodeColumnCount(first), extended);
    const decode = rowDecoder(rowFormat, columns);
    const here: Row[] = [];
    for (;;) {
      const message = refuse(yield);
      if (isEof(message)) {
        rows ??= here;
        const eof = decodeEof(message);
        if (!eof.moreResults) return { affectedRows: 0n, insertId: 0n, warnings: eof.warnings, rows };
        break;
      }
      here.push(decode(message));
    }
  }
}

/** The head of a result set whose rows somebody else reads. A statement that returns no rows is refused. */
export function* readResultHead(extended: boolean): ReplyReader<Column[]> {
  const first = refuse(yield);
  if (first[0] === okHeader) throw protocolError('the statement returned no rows to stream');
  return yield* readColumns(decodeColumnCount(first), extended);
}

export interface PreparedReply extends Prepared {
  readonly columns: Column[];
}

export function* readPrepared(extended: boolean): ReplyReader<PreparedReply> {
  const prepared = decodePrepared(refuse(yield));
  if (prepared.paramCount > 0) yield* readColumns(prepared.paramCount, extended);
  const columns = prepared.columnCount > 0 ? yield* readColumns(prepared.columnCount, extended) : [];
  return { ...prepared, columns };
}

export function refuse(payload: Buffer): Buffer {
  if (payload[0] === errHeader) throw new Refusal(decodeErr(payload));
  return payload;
}

function* readColumns(count: number, extended: boolean): ReplyReader<Column[]> {
  const columns: Column[] = [];
  for (let i = 0; i < count; i++) columns.push(decodeColumn(refuse(yield), extended));
  decodeEof(refuse(yield));
  return columns;
}

function decodeColumnCount(payload: Buffer): number {
  // We never offer LOCAL INFILE; a server that asks for a file all the same is none we talk to.
  if (payload[0] === localInfileHeader) throw protocolError('the server asked for a file of this machine');
  const reader = new ByteReader(payload, 'column count');
  const count = Number(reader.lenenc());
  reader.end();
  return count;
}

function rowDecoder(rowFormat: 'text' | 'binary', columns: Column[]): (message: Buffer) => Row {
  if (rowFormat === 'text') return (message) => decodeTextRow(message, columns);
  const decoder = new BinaryRowDecoder(columns);
  return (message) => decoder.decode(message);
}

function outcomeOf({ affectedRows, insertId, warnings }: Ok): Outcome {
  return { affectedRows, insertId, warnings };
}
