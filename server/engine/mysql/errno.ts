import { TidemarkError } from '#server/base/error.ts';

/**
 * The server's own error number behind anything thrown, looking through `cause`; undefined when no server said it.
 * For callers that answer one fault in their own way: 1050 table exists, 1146 no such table, 1205 lock wait timeout,
 * 1213 deadlock, 1317 query interrupted, 1412 table definition has changed.
 */
export function mysqlErrno(thrown: unknown): number | undefined {
  for (let error: unknown = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof TidemarkError && typeof error.context.errno === 'number') return error.context.errno;
  }
  return undefined;
}
