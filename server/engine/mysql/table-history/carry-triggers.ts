import type { MysqlConnection } from '../connection.ts';
import { readTriggers } from '../definition-keys.ts';
import { inDefinitionSession } from '../definition-session.ts';
import { quoteTable, type TableAt } from '../foreign-keys.ts';
import { quoteIdentifier } from '../identifier.ts';
import { openStagingSession } from '../staging.ts';
import { createTriggerStatement, type Trigger } from '../triggers.ts';
import { closeCrossingSession, openCrossingSession } from './crossing-session.ts';
import type { HistoryStatement } from './history.ts';
import { readDefinition } from './read-definition.ts';
import { tokenizeSql } from './sql-tokens.ts';
import { withNames } from './staged-names.ts';
import { dialectOf } from './statement-dialect.ts';

/**
 * The triggers of a table after these statements, when it had `before` first. Those that were made are made on an empty
 * copy beside the staged table: on that itself they would run. Errors: those of the connection.
 */
export async function carryTriggers(
  connection: MysqlConnection,
  staged: TableAt,
  before: readonly Trigger[],
  statements: readonly HistoryStatement[],
): Promise<readonly Trigger[]> {
  const made = new Map<string, HistoryStatement>();
  const left = new Map(before.map((trigger) => [trigger.name, trigger]));
  for (const statement of statements) {
    const definition = definitionOf(statement);
    if (definition.verb !== 'create trigger' && definition.verb !== 'drop trigger') continue;
    const name = definition.trigger.table;
    if (definition.verb === 'drop trigger' || definition.replaces) left.delete(name);
    made.delete(name);
    if (definition.verb === 'create trigger' && !left.has(name)) made.set(name, statement);
  }
  if (made.size === 0) return [...left.values()];
  const copy = { database: staged.database, table: 'tidemark_triggers' };
  await openStagingSession(connection, '');
  await connection.execute(`DROP TABLE IF EXISTS ${quoteTable(copy)}`);
  await connection.execute(`CREATE TABLE ${quoteTable(copy)} LIKE ${quoteTable(staged)}`);
  for (const trigger of left.values()) {
    await connection.execute('SET SESSION sql_mode = ?', [trigger.sqlMode]);
    // Only for what FOLLOWS it; one that names a column which is gone cannot be made, and would not run.
    await connection.execute(createTriggerStatement(copy, trigger.name, trigger)).catch(() => {});
  }
  for (const statement of made.values()) await run(connection, copy, statement);
  await openStagingSession(connection, '');
  const triggers = await inDefinitionSession(connection, () => readTriggers(connection, copy.database, copy.table));
  await connection.execute(`DROP TABLE ${quoteTable(copy)}`);
  return [...left.values(), ...triggers.filter(({ name }) => made.has(name))];
}

const definitionOf = ({ sql, session }: HistoryStatement) => readDefinition(tokenizeSql(sql, dialectOf(session)));

async function run(connection: MysqlConnection, copy: TableAt, statement: HistoryStatement): Promise<void> {
  const definition = definitionOf(statement);
  if (definition.verb !== 'create trigger') return;
  const { trigger, table } = definition;
  const place = { database: copy.database, table: trigger.table };
  await openCrossingSession(connection, statement);
  await connection.execute(`USE ${quoteIdentifier(copy.database)}`);
  await connection.execute(withNames(statement.sql, [trigger, table], (named) => (named === trigger ? place : copy)));
  await closeCrossingSession(connection);
}
