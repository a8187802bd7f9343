import { hasCode, TidemarkError } from '#server/base/error.ts';
import { inDefinitionSession } from './definition-session.ts';
import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';
import { pipelined } from './pipelined.ts';
import type { SqlSession } from './sql-session.ts';

const noSuchTable = new Set([1146, 1049, 1051]);

/**
 * SHOW CREATE TABLE of many tables, in the order asked; null for those that are not there, an error for those that the
 * server cannot open. Errors: those of the connection.
 */
export async function readCreateTables(
  connection: SqlSession,
  tables: readonly { database: string; table: string }[],
): Promise<(string | TidemarkError | null)[]> {
  return inDefinitionSession(connection, () =>
    pipelined(tables, ({ database, table }) =>
      createTable(connection, database, table).catch((error: unknown) => {
        if (!hasCode(error, 'node/query-failed')) throw error;
        return cannotOpen(connection.node, `${database}.${table}`, error);
      }),
    ),
  );
}

function cannotOpen(node: string, table: string, cause: TidemarkError): TidemarkError {
  return new TidemarkError('table/unsupported', `the server cannot open ${table} on node ${node}: ${cause.message}`, {
    hint: 'Repair the table, or leave it out of the backup.',
    context: { node, table },
    cause,
  });
}

/** Whether a table is still what it was: the counter of AUTO_INCREMENT moves with every row and does not count. */
export function sameDefinition(before: string, now: string): boolean {
  return withoutCounter(before) === withoutCounter(now);
}

/** In whatever character set and spelling the session asks for. Null where there is no such table. */
export async function createTable(connection: SqlSession, database: string, table: string): Promise<string | null> {
  try {
    const [row] = await connection.query(`SHOW CREATE TABLE ${quoteIdentifier(database)}.${quoteIdentifier(table)}`);
    return String(row?.['Create Table'] ?? '');
  } catch (error) {
    if (noSuchTable.has(mysqlErrno(error) ?? 0)) return null;
    throw error;
  }
}

/** The next value of AUTO_INCREMENT as SHOW CREATE TABLE tells it: right behind the engine, where it is not 1. */
export function autoIncrementIn(createTable: string): string {
  const options = createTable.slice(createTable.lastIndexOf('\n) ') + 1);
  return /^\) ENGINE=\w+ AUTO_INCREMENT=(\d+)/.exec(options)?.[1] ?? '1';
}

const withoutCounter = (text: string) => text.replace(/ AUTO_INCREMENT=\d+/g, '');
