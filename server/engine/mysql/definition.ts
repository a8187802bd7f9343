import { TidemarkError } from '#server/base/error.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readColumns } from './definition-columns.ts';
import { readForeignKeys, readIndexes, readTriggers } from './definition-keys.ts';
import { definitionSqlMode, inDefinitionSession } from './definition-session.ts';
import { catalogText as text } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';
import { readSequencesOf } from './sequences.ts';
import type { SqlSession } from './sql-session.ts';

export type FragmentDefinition = Pick<
  FragmentFile,
  | 'createTable'
  | 'sqlMode'
  | 'databaseCollation'
  | 'columns'
  | 'indexes'
  | 'foreignKeys'
  | 'triggers'
  | 'autoIncrement'
  | 'sequences'
>;

/**
 * All a storage node knows of one table. `createTable` is SHOW CREATE TABLE verbatim; the other fields say the same in
 * parts, so that nobody ever has to take SQL apart. `columns` holds every column in its order, invisible and
 * generated ones too; a system-versioned table also shows its row start and end, which are not `generated` here: they
 * are written back (system_versioning_insert_history), and `FOR SYSTEM_TIME ALL` reads the rows of the past; where they
 * are numbers of transactions they are no columns here.
 * `autoIncrement` is the next value, null without such a column. Takes the table's metadata lock for as long as the
 * caller's transaction holds it. Errors: `table/not-found`.
 */
export async function readFragmentDefinition(
  connection: SqlSession,
  database: string,
  table: string,
): Promise<FragmentDefinition> {
  return inDefinitionSession(connection, async () => {
    const createTable = await showCreate(connection, database, table);
    const sequences = await readSequencesOf(connection, createTable);
    const { versioned, autoIncrement } = await readFacts(connection, database, table);
    return {
      createTable,
      sqlMode: definitionSqlMode,
      databaseCollation: await readDatabaseCollation(connection, database),
      columns: await readColumns(connection, database, table, versioned),
      indexes: await readIndexes(connection, database, table),
      foreignKeys: await readForeignKeys(connection, database, table),
      triggers: await readTriggers(connection, database, table),
      autoIncrement,
      ...(sequences.length > 0 ? { sequences } : {}),
    };
  });
}

async function showCreate(connection: SqlSession, database: string, table: string): Promise<string> {
  const name = `${quoteIdentifier(database)}.${quoteIdentifier(table)}`;
  const rows = await connection.query(`SHOW CREATE TABLE ${name}`).catch((error: unknown) => {
    if (mysqlErrno(error) !== 1146 && mysqlErrno(error) !== 1049) throw error;
    throw new TidemarkError('table/not-found', `table ${database}.${table} is not there`, { cause: error });
  });
  return text(rows[0]?.['Create Table']);
}

async function readFacts(connection: SqlSession, database: string, table: string) {
  const [row] = await connection.query(
    `SELECT AUTO_INCREMENT AS next, TABLE_TYPE AS type FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [database, table],
  );
  return {
    versioned: text(row?.type) === 'SYSTEM VERSIONED',
    autoIncrement: row?.next == null ? null : String(row.next),
  };
}

async function readDatabaseCollation(connection: SqlSession, database: string): Promise<string> {
  const [row] = await connection.query(
    'SELECT DEFAULT_COLLATION_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = ?',
    [database],
  );
  return text(row?.name);
}
