import { mysqlErrno } from './errno.ts';
import type { SqlSession } from './sql-session.ts';

/**
 * Both sides of the data's way pin their session, so that the same row always gives the same bytes whatever the
 * server's own defaults are: instants in UTC, text in the column's own character set, no mode that pads or rounds.
 */

/** A client that is stopped or stuck gives the server its snapshot back after this, not after the day it defaults to. */
const netTimeoutSeconds = 600;
/** A worker may have nothing to do while others finish a big table; less would cut it off. */
const idleTimeoutSeconds = 86_400;
/** How long we queue for a table somebody alters; those who come after us wait behind us, so it is short. */
const readLockWaitSeconds = 5;
/** A load waits for rows only when somebody else writes its staging table, which is a fault to be seen soon. */
const loadLockWaitSeconds = 30;

/** For reading rows. Errors: those of the connection. */
export async function pinReadSession(connection: SqlSession): Promise<void> {
  await connection.execute('SET NAMES utf8mb4');
  await connection.execute('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await connection.execute(
    `SET SESSION character_set_results = NULL, time_zone = '+00:00', sql_mode = '', sql_select_limit = DEFAULT,
       net_write_timeout = ${netTimeoutSeconds}, net_read_timeout = ${netTimeoutSeconds},
       wait_timeout = ${idleTimeoutSeconds}, lock_wait_timeout = ${readLockWaitSeconds},
       innodb_lock_wait_timeout = ${readLockWaitSeconds}`,
  );
  if (connection.flavor === 'mysql') {
    await connection.execute('SET SESSION max_execution_time = 0');
    return;
  }
  await connection.execute(
    'SET SESSION max_statement_time = 0, idle_transaction_timeout = 0, idle_readonly_transaction_timeout = 0',
  );
}

/**
 * For snapshots: makes ROLLBACK TO SAVEPOINT give a table's metadata lock back, and tells whether it does. MariaDB
 * keeps the lock to the end of the transaction while the session may write to the binlog, so the session says it will
 * not, which needs BINLOG ADMIN. Nothing may ever be written over such a connection.
 */
export async function makeTablesReleasable(connection: SqlSession): Promise<boolean> {
  if (connection.flavor === 'mysql') return true;
  try {
    await connection.execute('SET SESSION sql_log_bin = 0');
    return true;
  } catch (error) {
    if (mysqlErrno(error) !== 1227) throw error;
    const [row] = await connection.query('SELECT @@log_bin AS logBin');
    return Number(row?.logBin) === 0;
  }
}

/**
 * For writing rows exactly as they were read: zero and impossible dates, 0 in an AUTO_INCREMENT column and values that
 * a check or a foreign key of today would refuse. Values that do not fit are not refused here: the digest of what was
 * written decides. Errors: those of the connection.
 */
export async function pinLoadSession(connection: SqlSession): Promise<void> {
  await connection.execute('SET NAMES utf8mb4');
  await connection.execute(
    `SET SESSION character_set_results = NULL, time_zone = '+00:00',
       sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES,NO_ENGINE_SUBSTITUTION', sql_select_limit = DEFAULT,
       foreign_key_checks = 0, unique_checks = 1, autocommit = 0,
       net_write_timeout = ${netTimeoutSeconds}, net_read_timeout = ${netTimeoutSeconds},
       wait_timeout = ${idleTimeoutSeconds}, lock_wait_timeout = ${loadLockWaitSeconds},
       innodb_lock_wait_timeout = ${loadLockWaitSeconds}`,
  );
  if (connection.flavor === 'mysql') return;
  // Who loads slowly is idle between two batches of a transaction.
  await connection.execute(
    `SET SESSION max_statement_time = 0, check_constraint_checks = 0, idle_transaction_timeout = 0,
       idle_write_transaction_timeout = 0`,
  );
}

/** For a session that has nothing to do while others load or build: a server that hangs up on idle ones spares it. */
export async function keepIdleSession(connection: SqlSession): Promise<void> {
  await connection.execute(`SET SESSION wait_timeout = ${idleTimeoutSeconds}`);
}

/** A bound that the server sets for all statements would end the building of an index, which takes what it takes. */
export async function boundNoStatement(connection: SqlSession): Promise<void> {
  const bound = connection.flavor === 'mysql' ? 'max_execution_time' : 'max_statement_time';
  await connection.execute(`SET SESSION ${bound} = 0`);
}

/** Rows of the past may be written with their own period. Errors: `node/query-failed` before MariaDB 10.11. */
export async function allowHistory(connection: SqlSession): Promise<void> {
  await connection.execute('SET SESSION system_versioning_insert_history = 1');
}
