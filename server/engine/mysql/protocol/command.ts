import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { protocolError } from './protocol-error.ts';

export const commandByte = {
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  ping: 0x0e,
  stmtPrepare: 0x16,
  stmtExecute: 0x17,
  stmtClose: 0x19,
  stmtBulkExecute: 0xfa,
} as const;

export const quit = (): Buffer => Buffer.from([commandByte.quit]);
export const ping = (): Buffer => Buffer.from([commandByte.ping]);
export const query = (sql: string): Buffer => withText(commandByte.query, sql);
export const initDb = (database: string): Buffer => withText(commandByte.initDb, database);
export const stmtPrepare = (sql: string): Buffer => withText(commandByte.stmtPrepare, sql);
export const stmtClose = (statementId: number): Buffer =>
  new ByteWriter(5).u8(commandByte.stmtClose).u32(statementId).done();

/** Fields before the parameters of COM_STMT_EXECUTE: command, statement, no cursor, one iteration. */
export const stmtExecuteHeadBytes = 10;

/** In the place of a statement's id: the one that was prepared last (MariaDB). */
export const lastPrepared = 0xffffffff;

/** `params` as encodeParams (or an insert batch) makes them. */
export function stmtExecute(statementId: number, params: Buffer): Buffer {
  return new ByteWriter(stmtExecuteHeadBytes + params.length)
    .u8(commandByte.stmtExecute)
    .u32(statementId)
    .u8(0)
    .u32(1)
    .raw(params)
    .done();
}

export interface Prepared {
  readonly statementId: number;
  readonly columnCount: number;
  readonly paramCount: number;
  readonly warnings: number;
}

/** What answers COM_STMT_PREPARE; parameter and column definitions follow it. */
export function decodePrepared(payload: Buffer): Prepared {
  const reader = new ByteReader(payload, 'prepared statement');
  const header = reader.u8();
  if (header !== 0) throw protocolError(`expected a prepared statement, got message 0x${header.toString(16)}`);
  const statementId = reader.u32();
  const columnCount = reader.u16();
  const paramCount = reader.u16();
  reader.u8();
  const warnings = reader.u16();
  reader.end();
  return { statementId, columnCount, paramCount, warnings };
}

function withText(command: number, text: string): Buffer {
  const bytes = Buffer.byteLength(text, 'utf8');
  const message = Buffer.allocUnsafe(1 + bytes);
  message[0] = command;
  message.write(text, 1, 'utf8');
  return message;
}
