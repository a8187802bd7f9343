import { TidemarkError } from '#server/base/error.ts';
import type { ErrorCode } from '#server/base/error-table.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { Refusal } from './protocol/result.ts';

/** How far a connection had come: what a broken one means depends on it. */
export type ConnectionPhase = 'connecting' | 'securing' | 'open';

const statementContextChars = 200;

const refusedAtLogin: Readonly<Record<number, ErrorCode>> = {
  1040: 'node/unreachable', // too many connections
  1129: 'node/unreachable', // host blocked
  1203: 'node/unreachable', // too many connections of this user
  1226: 'node/unreachable', // resource limit of this user
  1053: 'node/unreachable', // server is shutting down
  3159: 'node/tls', // secure transport required
};

const refusedAtWork: Readonly<Record<number, ErrorCode>> = {
  1044: 'node/missing-privilege', // database
  1142: 'node/missing-privilege', // table
  1143: 'node/missing-privilege', // column
  1227: 'node/missing-privilege', // global
  1370: 'node/missing-privilege', // routine
  1045: 'node/access-denied', // also FILE and the like, and a login
  1053: 'node/connection-lost', // server is shutting down
  1080: 'node/connection-lost', // forcing close
  1158: 'node/connection-lost', // network read
  1159: 'node/connection-lost', // network read timeout
  1160: 'node/connection-lost', // network write
  1161: 'node/connection-lost', // network write timeout
  1927: 'node/connection-lost', // connection was killed
  4031: 'node/connection-lost', // disconnected for inactivity
};

/** What the server refused, as a named failure; `sql` is the statement, kept in the context up to 200 characters. */
export function refusalFailure(refusal: Refusal, node: string, phase: ConnectionPhase, sql?: string): TidemarkError {
  const { errno, sqlState, message } = refusal.error;
  const code =
    phase === 'open' ? (refusedAtWork[errno] ?? 'node/query-failed') : (refusedAtLogin[errno] ?? 'node/access-denied');
  const doing = phase === 'open' ? 'statement refused by' : 'login refused by';
  const context: Record<string, unknown> = { errno, sqlState, node };
  if (sql !== undefined) context.statement = sql.slice(0, statementContextChars);
  return new TidemarkError(code, `${doing} node ${node}: ${withoutFullStop(message)}`, { context, cause: refusal });
}

/** The connection itself broke: refused, timed out, reset, ended, or TLS could not be made. */
export function lossFailure(access: MysqlAccess, phase: ConnectionPhase, cause: unknown): TidemarkError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const { node } = access;
  const context = { node, address: access.socketPath ?? `${access.host}:${access.port}` };
  if (phase === 'securing' || isTlsError(cause)) {
    return new TidemarkError('node/tls', `no encrypted connection to node ${node}: ${reason}`, { context, cause });
  }
  if (phase === 'connecting') {
    return new TidemarkError('node/unreachable', `no connection to node ${node}: ${reason}`, { context, cause });
  }
  return new TidemarkError('node/connection-lost', `connection to node ${node} lost: ${reason}`, { context, cause });
}

function isTlsError(cause: unknown): boolean {
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && /^(ERR_SSL|ERR_TLS|CERT_|EPROTO|ERR_OSSL)/.test(code);
}

function withoutFullStop(message: string): string {
  return message.replace(/\.\s*$/, '');
}
