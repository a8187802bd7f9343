import type { MysqlConnection } from '../connection.ts';

/**
 * The rows of a SELECT as framed runs, each valid until the next is asked for; the server waits meanwhile. Nothing else
 * may be asked of the connection before the end. Who stops reading sooner must give the connection up. Errors: those of
 * the connection.
 */
export async function* streamRuns(connection: MysqlConnection, sql: string): AsyncGenerator<Buffer> {
  let arrived = Promise.withResolvers<Buffer | null>();
  let taken = Promise.withResolvers<void>();
  const streamed = connection
    .streamBinary(sql, ({ buffer }) => {
      taken = Promise.withResolvers();
      arrived.resolve(buffer);
      return taken.promise;
    })
    .then(
      () => arrived.resolve(null),
      (error: unknown) => arrived.reject(error),
    );
  for (;;) {
    // Thrown below, or of no matter to who stopped reading.
    arrived.promise.catch(() => {});
    const run = await arrived.promise;
    if (run === null) break;
    yield run;
    arrived = Promise.withResolvers();
    taken.resolve();
  }
  await streamed;
}
