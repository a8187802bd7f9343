import { ByteReader } from './byte-reader.ts';
import { protocolError } from './protocol-error.ts';

/** First byte of a message that is no row. */
export const okHeader = 0x00;
export const localInfileHeader = 0xfb;
export const eofHeader = 0xfe;
export const errHeader = 0xff;

const moreResults = 0x0008;

export interface Ok {
  readonly affectedRows: bigint;
  readonly insertId: bigint;
  readonly warnings: number;
  readonly moreResults: boolean;
}

export interface ServerError {
  readonly errno: number;
  readonly sqlState: string;
  readonly message: string;
}

export interface Eof {
  readonly warnings: number;
  readonly moreResults: boolean;
}

/** The text that may follow (info, session state) is not read. */
export function decodeOk(payload: Buffer): Ok {
  const reader = new ByteReader(payload, 'ok');
  const header = reader.u8();
  if (header !== okHeader) throw protocolError(`expected an ok, got message 0x${header.toString(16)}`);
  const affectedRows = reader.lenenc();
  const insertId = reader.lenenc();
  const status = reader.u16();
  return { affectedRows, insertId, warnings: reader.u16(), moreResults: (status & moreResults) !== 0 };
}

/** Errors sent before the handshake carry no SQL state; it is then empty. */
export function decodeErr(payload: Buffer): ServerError {
  const reader = new ByteReader(payload, 'error');
  reader.u8();
  const errno = reader.u16();
  let sqlState = '';
  if (reader.left >= 6 && reader.peek() === 0x23) {
    reader.u8();
    sqlState = reader.view(5).toString('latin1');
  }
  return { errno, sqlState, message: reader.rest().toString('utf8') };
}

/** A row can start with 0xfe too, but is never this short. */
export function isEof(payload: Buffer): boolean {
  return payload[0] === eofHeader && payload.length < 9;
}

export function decodeEof(payload: Buffer): Eof {
  const reader = new ByteReader(payload, 'eof');
  const header = reader.u8();
  if (header !== eofHeader) throw protocolError(`expected an end, got message 0x${header.toString(16)}`);
  const warnings = reader.u16();
  const status = reader.u16();
  reader.end();
  return { warnings, moreResults: (status & moreResults) !== 0 };
}
