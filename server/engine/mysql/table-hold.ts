import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';
import type { SqlSession } from './sql-session.ts';

/**
 * A table's metadata lock inside a snapshot, for just as long as we read the table: taken under a savepoint, given back
 * by rolling back to it. The snapshot itself lives on. Where the session cannot give it back (see
 * makeTablesReleasable) the lock stays until the transaction ends.
 */
const savepoint = 'tidemark_table';

/** From here on nobody changes the table's definition. Errors: 1146 no such table, 1205 somebody alters it just now. */
export async function holdTable(connection: SqlSession, database: string, table: string): Promise<void> {
  // Both are sent before the first has answered. Nothing else is: it would queue for the table once more.
  const marked = connection.execute(`SAVEPOINT ${savepoint}`);
  const held = connection.query(`SELECT 1 FROM ${quoteIdentifier(database)}.${quoteIdentifier(table)} LIMIT 0`);
  for (const outcome of await Promise.allSettled([marked, held])) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** Those who wait to change the table go on at once. */
export async function letTableGo(connection: SqlSession): Promise<void> {
  await connection.execute(`ROLLBACK TO SAVEPOINT ${savepoint}`);
}

/** Gives everything back, the snapshot as well. */
export async function endSnapshot(connection: SqlSession): Promise<void> {
  await connection.execute('ROLLBACK');
}

const queryInterrupted = 1317;

/**
 * A KILL QUERY may arrive after the statement it was meant for has ended and would then hit the next one. This is a
 * next one that does not mind.
 */
export async function absorbKill(connection: SqlSession): Promise<void> {
  await connection.query('SELECT 1').catch((error: unknown) => {
    if (mysqlErrno(error) !== queryInterrupted) throw error;
  });
}
