import { Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { throwIfStopped } from '#server/base/abort.ts';
import type { PostgresAccess, TlsAccess } from '../access.ts';
import { namedPostgresError } from './sql-state.ts';

export interface PostgresOptions {
  /** Aborting drops the connection at once, in the middle of a statement too. */
  signal?: AbortSignal;
  /** Milliseconds until a silent server is called unreachable. Default 10,000. */
  connectTimeoutMs?: number;
  /** Milliseconds one statement may run on the server. Default: no bound of ours. */
  statementTimeoutMs?: number;
}

/**
 * Opens a session of its own; the caller ends it. Promises: `int8` comes as bigint, `timestamp` without a zone as the
 * server's text (it names no instant), nothing is taken from PG* variables or a .pgpass file that would send the
 * password of another server here.
 * Errors, here and of every query awaited: `node/unreachable`, `node/access-denied`, `node/tls`,
 * `node/missing-privilege`, `node/connection-lost`, `node/query-failed` (context: node, sqlState); `job/cancelled` or
 * the reason of the signal when it was aborted.
 */
export async function openPostgres(access: PostgresAccess, options: PostgresOptions = {}): Promise<pg.Client> {
  const { signal, connectTimeoutMs = 10_000, statementTimeoutMs } = options;
  if (signal) throwIfStopped(signal);
  const socket = new Socket();
  const client = new pg.Client({
    host: access.host,
    port: access.port,
    user: access.user,
    database: access.database,
    // A function, because pg takes an empty text for "look elsewhere".
    password: () => access.password,
    ssl: tlsOptions(access),
    stream: () => socket,
    keepAlive: true,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs ?? false,
    application_name: 'tidemark',
    types: { getTypeParser },
  });
  const drop = () => socket.destroy();
  signal?.addEventListener('abort', drop, { once: true });
  socket.once('close', () => signal?.removeEventListener('abort', drop));
  client.on('error', () => {}); // told by the next query; without a listener it would end this process

  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    if (signal) throwIfStopped(signal);
    throw namedPostgresError(access.node, error, 'connecting');
  }
  nameQueryErrors(client, access.node, signal);
  return client;
}

/** Callers await promises; what is given a callback or a stream of its own passes through as `pg` made it. */
function nameQueryErrors(client: pg.Client, node: string, signal: AbortSignal | undefined): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const named = (...args: unknown[]): unknown => {
    const answer = query(...args);
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => {
      if (signal) throwIfStopped(signal);
      throw namedPostgresError(node, error, 'open');
    });
  };
  client.query = named as typeof client.query;
}

function tlsOptions(access: PostgresAccess): false | ConnectionOptions {
  const { tls } = access;
  if (tls.mode === 'disable') return false;
  const own = { ca: tls.ca, cert: tls.cert, ...(tls.key === undefined ? {} : { key: tls.key }) };
  if (tls.mode === 'require') return { ...own, rejectUnauthorized: false };
  return { ...own, rejectUnauthorized: true, checkServerIdentity: identityCheck(tls, access.host) };
}

function identityCheck(tls: TlsAccess, host: string): NonNullable<ConnectionOptions['checkServerIdentity']> {
  if (tls.mode === 'verify-ca') return () => undefined;
  return (_asked, certificate) => checkServerIdentity(tls.serverName ?? host, certificate);
}

const bigintParser = (text: string): bigint => BigInt(text);
const asText = (text: string): string => text;
const int8 = 20;
const timestampWithoutZone = 1114;
const date = 1082;

function getTypeParser(oid: number, format?: string): unknown {
  if (format !== 'binary' && oid === int8) return bigintParser;
  if (format !== 'binary' && (oid === timestampWithoutZone || oid === date)) return asText;
  return pg.types.getTypeParser(oid, format as 'text');
}
