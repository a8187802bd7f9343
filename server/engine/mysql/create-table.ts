import type { MysqlConnection } from './connection.ts';
import { inDefinitionSession } from './definition-session.ts';
import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';

const noSuchTable = new Set([1146, 1049, 1051]);

/** SHOW CREATE TABLE of many tables; null for those that are not there. In the order asked. */
export async function readCreateTables(
  connection: MysqlConnection,
  tables: readonly { database: string; table: string }[],
): Promise<(string | null)[]> {
  return inDefinitionSession(connection, async () => {
    const texts: (string | null)[] = [];
    for (const { database, table } of tables) texts.push(await createTable(connection, database, table));
    return texts;
  });
}

/** Whether a table is still what it was: the counter of AUTO_INCREMENT moves with every row and does not count. */
export function sameDefinition(before: string, now: string): boolean {
  return withoutCounter(before) === withoutCounter(now);
}

async function createTable(connection: MysqlConnection, database: string, table: string): Promise<string | null> {
  try {
    const [row] = await connection.query(`SHOW CREATE TABLE ${quoteIdentifier(database)}.${quoteIdentifier(table)}`);
    return String(row?.['Create Table'] ?? '');
  } catch (error) {
    if (noSuchTable.has(mysqlErrno(error) ?? 0)) return null;
    throw error;
  }
}

const withoutCounter = (text: string) => text.replace(/ AUTO_INCREMENT=\d+/g, '');
