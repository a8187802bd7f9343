import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';
import type { TableAt } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';

/** Questions a restore asks of a storage node before and while it works. All read only, all take no table lock. */

/** Base tables, views and sequences alike: anything a new table of that name would collide with. */
export async function tableExists(connection: MysqlConnection, at: TableAt): Promise<boolean> {
  const rows = await connection.query(
    'SELECT 1 AS found FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [at.database, at.table],
  );
  return rows.length > 0;
}

/** Names of everything in a database that is named as a table is. */
export async function tablesIn(connection: MysqlConnection, database: string): Promise<string[]> {
  const rows = await connection.query(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?',
    [database],
  );
  return rows.map((row) => text(row.name));
}

/** Whether rows that were not committed go when their session does. */
export async function rollsBack(connection: MysqlConnection, at: TableAt): Promise<boolean> {
  const rows = await connection.query(
    'SELECT ENGINE AS engine FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
    [at.database, at.table],
  );
  return text(rows[0]?.engine) === 'InnoDB';
}

/** Made with the recorded default collation; one this server does not know falls back to the server's own. */
export async function createDatabase(connection: MysqlConnection, database: string, collation: string): Promise<void> {
  const known = await connection.query(
    'SELECT COLLATION_NAME AS name FROM information_schema.COLLATIONS WHERE COLLATION_NAME = ?',
    [collation],
  );
  const clause = known.length > 0 ? ` COLLATE ${quoteIdentifier(text(known[0]!.name))}` : '';
  await connection.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(database)}${clause}`);
}

/** Foreign keys of other tables that refer to this one: they follow it when it is renamed. */
export async function childKeys(
  connection: MysqlConnection,
  at: TableAt,
): Promise<{ database: string; table: string; name: string }[]> {
  // The catalog compares without regard to case; where the server does not, neither may we.
  const rows = await connection.query(
    `SELECT DISTINCT TABLE_SCHEMA AS db, TABLE_NAME AS tbl, CONSTRAINT_NAME AS name, REFERENCED_TABLE_SCHEMA AS refDb,
            REFERENCED_TABLE_NAME AS refTbl, @@lower_case_table_names AS folds
       FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = ? AND REFERENCED_TABLE_NAME = ?`,
    [at.database, at.table],
  );
  const same = (row: (typeof rows)[number], database: string, table: string) =>
    Number(row.folds) !== 0 || (database === at.database && table === at.table);
  return rows
    .filter((row) => same(row, text(row.refDb), text(row.refTbl)))
    .map((row) => ({ database: text(row.db), table: text(row.tbl), name: text(row.name) }))
    .filter((key) => key.database !== at.database || key.table !== at.table);
}

/** Bytes of data and indexes as the engine estimates them; 0 for a table that is not there. */
export async function tableBytes(connection: MysqlConnection, at: TableAt): Promise<number> {
  const [row] = await connection.query(
    `SELECT DATA_LENGTH + INDEX_LENGTH AS bytes FROM information_schema.TABLES
      WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`,
    [at.database, at.table],
  );
  return Number(row?.bytes ?? 0);
}

export interface NodeSettings {
  readOnly: boolean;
  maxAllowedPacket: number;
  autoIncrementLockMode: number | null;
  lowerCaseTableNames: number;
  /** With a binlog, triggers are refused to who lacks SUPER unless the server trusts everybody. */
  trustsTriggerMakers: boolean;
}

export async function readNodeSettings(connection: MysqlConnection): Promise<NodeSettings> {
  const [row] = await connection.query(
    `SELECT @@read_only AS readOnly, @@max_allowed_packet AS packet, @@innodb_autoinc_lock_mode AS autoinc,
            @@lower_case_table_names AS lctn, @@log_bin AS logBin, @@log_bin_trust_function_creators AS trust`,
  );
  return {
    readOnly: Number(row?.readOnly ?? 0) !== 0,
    maxAllowedPacket: Number(row?.packet ?? 0),
    autoIncrementLockMode: row?.autoinc == null ? null : Number(row.autoinc),
    lowerCaseTableNames: Number(row?.lctn ?? 0),
    trustsTriggerMakers: Number(row?.logBin) === 0 || Number(row?.trust) !== 0,
  };
}
