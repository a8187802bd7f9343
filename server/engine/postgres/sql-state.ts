import { TidemarkError } from '#server/base/error.ts';
import type { ErrorCode } from '#server/base/error-table.ts';

/** What a failure happened in: the same lost socket means "unreachable" before the session began and "lost" after. */
export type SessionPhase = 'connecting' | 'open';

/**
 * The server's own SQLSTATE behind anything thrown, looking through `cause`; undefined when no server said it. For
 * callers that answer one fault in their own way: 42P01 no such table, 42P07 table exists, 57014 cancelled.
 */
export function postgresSqlState(thrown: unknown): string | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof TidemarkError && typeof error.context.sqlState === 'string') return error.context.sqlState;
  }
  return undefined;
}

/**
 * Anything `pg` threw, as an error with our name. The context carries node and SQLSTATE, never the password and never
 * the server's `detail`, which quotes rows.
 */
export function namedPostgresError(node: string, thrown: unknown, phase: SessionPhase): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = (error as { code?: unknown }).code;
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in error ? code : undefined;
  const name = sqlState === undefined ? socketFault(error, code, phase) : serverFault(sqlState, phase);
  return new TidemarkError(name, `${doing(name, node)}: ${readable(error)}`, {
    context: { node, ...(sqlState === undefined ? {} : { sqlState }) },
    cause: thrown,
  });
}

function serverFault(sqlState: string, phase: SessionPhase): ErrorCode {
  if (sqlState.startsWith('28')) return 'node/access-denied';
  if (sqlState === '42501') return 'node/missing-privilege';
  // Too many connections, starting up, shutting down: the server is there and will not have us now.
  if (phase === 'connecting' && /^(53300|57P0[1-5])$/.test(sqlState)) return 'node/unreachable';
  if (/^(08...|57P0[1245])$/.test(sqlState)) return 'node/connection-lost';
  return 'node/query-failed';
}

function socketFault(error: Error, code: unknown, phase: SessionPhase): ErrorCode {
  // `pg` itself refuses to offer an empty password where the server asks for one.
  if (phase === 'connecting' && error.message.startsWith('SASL:')) return 'node/access-denied';
  if (phase === 'connecting') return isTlsFault(error, code) ? 'node/tls' : 'node/unreachable';
  const lost = typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code);
  const gone = /terminated|not queryable|was closed|already been closed/i.test(error.message);
  return lost || gone ? 'node/connection-lost' : 'node/query-failed';
}

function isTlsFault(error: Error, code: unknown): boolean {
  if (/\bSSL\b|\bTLS\b/i.test(error.message)) return true;
  return typeof code === 'string' && /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code);
}

function doing(name: ErrorCode, node: string): string {
  if (name === 'node/unreachable') return `node ${node} did not answer`;
  if (name === 'node/access-denied') return `node ${node} refused the sign-in`;
  if (name === 'node/tls') return `no encrypted connection to node ${node}`;
  if (name === 'node/connection-lost') return `the connection to node ${node} ended`;
  if (name === 'node/missing-privilege') return `node ${node} refused a statement`;
  return `a statement failed on node ${node}`;
}

/** Several addresses tried (`localhost` is two) give an AggregateError without a message of its own. */
function readable(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(String).join('; ');
  return error.message;
}
