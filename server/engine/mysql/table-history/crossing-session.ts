import type { StatementSession } from '../binlog/statement-session.ts';
import type { MysqlConnection } from '../connection.ts';
import { openStagingSession } from '../staging.ts';
import type { HistoryStatement } from './history.ts';

/** Bits of a query event's options that say how a definition is meant. */
const option = {
  noCheckConstraints: 1 << 15,
  explicitDefaultsForTimestamp: 1 << 24,
  ifExists: 1 << 28,
} as const;

/**
 * Makes the session one in which a statement of a log means what it meant: sql_mode, character sets, time zone, and the
 * time that NOW() gives. The text is sent as utf8mb4 whatever the client's was. Foreign keys are not checked: what they
 * refer to is not here, and the rows came from a table that had them. Errors: those of the connection.
 */
export async function openCrossingSession(connection: MysqlConnection, statement: HistoryStatement): Promise<void> {
  const session = statement.session ?? {};
  await openStagingSession(connection, '');
  const settings = [
    `sql_mode = ${session.sqlMode ?? 0n}`,
    `timestamp = ${statement.at}.${String(session.microseconds ?? 0).padStart(6, '0')}`,
    `auto_increment_increment = ${session.autoIncrement?.increment ?? 1}`,
    `auto_increment_offset = ${session.autoIncrement?.offset ?? 1}`,
    'unique_checks = 1, autocommit = 1',
    ...charsetSettings(session),
    ...(session.timeZone === undefined ? [] : [`time_zone = '${session.timeZone.replaceAll("'", '')}'`]),
    ...(connection.flavor === 'mariadb' ? ownSettings(session.options ?? option.explicitDefaultsForTimestamp) : []),
  ];
  await connection.execute(`SET SESSION ${settings.join(', ')}`);
}

function charsetSettings({ charset }: StatementSession): string[] {
  if (!charset) return [];
  return [`collation_connection = ${charset.connection}`, `collation_server = ${charset.server}`];
}

/** What only MariaDB has. Its log does not tell the last two: a statement that is in it was let through. */
function ownSettings(options: number): string[] {
  const isOn = (bit: number) => ((options & bit) === 0 ? 0 : 1);
  return [
    `explicit_defaults_for_timestamp = ${isOn(option.explicitDefaultsForTimestamp)}`,
    `check_constraint_checks = ${1 - isOn(option.noCheckConstraints)}`,
    `sql_if_exists = ${isOn(option.ifExists)}`,
    'system_versioning_alter_history = KEEP',
    'innodb_strict_mode = 0',
  ];
}

/** Gives back what a crossing leaves behind, so that the session may be used for something else. */
export async function closeCrossingSession(connection: MysqlConnection): Promise<void> {
  await connection.execute(
    'SET SESSION timestamp = DEFAULT, collation_server = DEFAULT, auto_increment_increment = DEFAULT',
  );
  await connection.execute('SET SESSION auto_increment_offset = DEFAULT');
  if (connection.flavor === 'mariadb')
    await connection.execute('SET SESSION sql_if_exists = 0, innodb_strict_mode = DEFAULT');
  await openStagingSession(connection, '');
}
