import { asTidemarkError, TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from '../connection.ts';
import { quoteTable, type TableAt } from '../foreign-keys.ts';
import { quoteIdentifier } from '../identifier.ts';
import { closeCrossingSession, openCrossingSession } from './crossing-session.ts';
import type { Definition } from './definition.ts';
import type { Crossing, HistoryStatement, TableSpan } from './history.ts';
import { readDefinition } from './read-definition.ts';
import { tokenizeSql } from './sql-tokens.ts';
import { type StagedNames, withNames } from './staged-names.ts';
import { dialectOf } from './statement-dialect.ts';
import type { NamedTable } from './token-cursor.ts';

/**
 * Brings the staged table from the span `before` to the span `after`: runs the statement between them on it, in the session
 * the statement had. `before` null: nothing is staged yet. Afterwards it stands under the name of `after`. Errors:
 * `restore/log-mismatch` with the server's words when it refuses the statement.
 */
export async function crossStatement(
  connection: MysqlConnection,
  names: StagedNames,
  before: TableSpan | null,
  after: TableSpan,
): Promise<void> {
  const { crossing } = after;
  if (!crossing) return;
  await openCrossingSession(connection, crossing.statement);
  // The process list shows whose session this is, and what a statement does not name lies here.
  await connection.execute(`USE ${quoteIdentifier(names.scratch)}`);
  try {
    for (const statement of crossing.database) await setDatabase(connection, names, statement);
    await run(connection, names, before, after, crossing);
  } catch (error) {
    throw refused(error, crossing.statement);
  } finally {
    if (!connection.failure) await closeCrossingSession(connection);
  }
}

async function run(
  connection: MysqlConnection,
  names: StagedNames,
  before: TableSpan | null,
  after: TableSpan,
  { effect, statement }: Crossing,
): Promise<void> {
  const now = names.staged(after.name);
  if (effect === 'rename') {
    const was = names.staged(before!.name);
    if (was.table !== now.table) await connection.execute(`RENAME TABLE ${quoteTable(was)} TO ${quoteTable(now)}`);
  } else if (effect === 'empty') await connection.execute(`TRUNCATE TABLE ${quoteTable(now)}`);
  else if (effect === 'created' && before) await createLike(connection, names, before, now);
  else await replay(connection, names, before, after, statement);
}

/** The source goes, which only lent its definition. */
async function createLike(connection: MysqlConnection, names: StagedNames, before: TableSpan, now: TableAt) {
  const was = names.staged(before.name);
  const source = { database: names.scratch, table: 'tidemark_like' };
  await connection.execute(`RENAME TABLE ${quoteTable(was)} TO ${quoteTable(source)}`);
  await connection.execute(`CREATE TABLE ${quoteTable(now)} LIKE ${quoteTable(source)}`);
  await connection.execute(`DROP TABLE ${quoteTable(source)}`);
}

async function replay(
  connection: MysqlConnection,
  names: StagedNames,
  before: TableSpan | null,
  after: TableSpan,
  statement: HistoryStatement,
): Promise<void> {
  const definition = definitionOf(statement);
  const ours = [after.name, ...(before ? [before.name] : [])];
  const nameOf = ({ database, table }: NamedTable): TableAt => {
    const at = { database: database ?? statement.database, table };
    const found = ours.find((one) => one.table === at.table && one.database === at.database);
    return found ? names.staged(found) : names.referred(at);
  };
  const named = 'named' in definition ? definition.named : [];
  await connection.execute(withNames(statement.sql, named, nameOf));
}

function definitionOf({ sql, session }: HistoryStatement): Definition {
  return readDefinition(tokenizeSql(sql, dialectOf(session)));
}

/** What the statement set for a database of the source, set for the scratch database. */
async function setDatabase(connection: MysqlConnection, { scratch }: StagedNames, statement: HistoryStatement) {
  const definition = definitionOf(statement);
  if (definition.verb !== 'database options') return;
  const options = statement.sql.slice(definition.optionsStart);
  const collation = statement.session?.charset?.server;
  if (options.trim() !== '') await connection.execute(`ALTER DATABASE ${quoteIdentifier(scratch)} ${options}`);
  else if (collation !== undefined) await setCollation(connection, scratch, collation);
}

async function setCollation(connection: MysqlConnection, scratch: string, id: number): Promise<void> {
  const [row] = await connection.query(
    'SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS WHERE ID = ?',
    [id],
  );
  if (row) await connection.execute(`ALTER DATABASE ${quoteIdentifier(scratch)} COLLATE ${String(row.name)}`);
}

function refused(thrown: unknown, { sql, at, gtid }: HistoryStatement): TidemarkError {
  const error = asTidemarkError(thrown);
  if (error.code !== 'node/query-failed') return error;
  const when = new Date(at * 1000).toISOString();
  return new TidemarkError('restore/log-mismatch', `the statement of ${when} is refused here: ${error.message}`, {
    hint: 'Restore to an instant before that statement, or from a backup taken after it.',
    context: { gtid, statement: sql.slice(0, 500) },
    cause: error,
  });
}
