import type { ByteReader } from '../protocol/byte-reader.ts';
import { inflateBody } from './inflate-body.ts';
import { decodeStatementSession, type StatementSession } from './statement-session.ts';

/** A statement: BEGIN, COMMIT, XA …, DDL, or a change that was logged as its text. */
export interface QueryEvent {
  readonly kind: 'query';
  readonly threadId: number;
  readonly executionSeconds: number;
  readonly database: string;
  readonly errorCode: number;
  readonly session: StatementSession;
  /** In the character set of the session's client, verbatim. */
  readonly sql: Buffer;
}

/** `compressed` for type 165, whose text alone is compressed. */
export function decodeQuery(body: ByteReader, compressed: boolean): QueryEvent {
  const threadId = body.u32();
  const executionSeconds = body.u32();
  const databaseBytes = body.u8();
  const errorCode = body.u16();
  const session = decodeStatementSession(body.view(body.u16()));
  const database = body.view(databaseBytes).toString('utf8');
  body.view(1); // the zero that ends the name
  const text = body.rest();
  const sql = Buffer.from(compressed ? inflateBody(text, 'compressed query event') : text);
  return { kind: 'query', threadId, executionSeconds, database, errorCode, session, sql };
}
