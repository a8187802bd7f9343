import { createHash } from 'node:crypto';
import { pause, throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import { boundNoStatement } from './session.ts';

/**
 * The visible step on a storage node: one RENAME TABLE, which the server does whole or not at all. A session that may
 * do it shows the attempt's scratch database in the process list and goes away by itself when its process sleeps, so
 * that the next attempt can make sure that it never renames again.
 */

const lockWaitSeconds = 3;
/** Longer than all that is done between two statements; shorter than it takes another attempt to be given the job. */
const idleSeconds = 10;

/** Opens the publishing session: short lock waits (a waiting RENAME holds up every reader of the table), short life. */
export async function openPublishSession(connection: MysqlConnection, scratch: string): Promise<void> {
  await connection.execute(`USE ${quoteIdentifier(scratch)}`);
  await connection.execute(
    `SET SESSION lock_wait_timeout = ${lockWaitSeconds}, wait_timeout = ${idleSeconds}, foreign_key_checks = 0`,
  );
  await boundNoStatement(connection);
  // MySQL 8 remembers AUTO_INCREMENT for a day otherwise.
  if (connection.flavor === 'mysql') await connection.execute('SET SESSION information_schema_stats_expiry = 0');
}

/**
 * Keeps live tables still: nobody reads or writes them until `releaseTables` or the end of this session. Errors:
 * `conflict/table-busy` when a transaction keeps one of them; `node/missing-privilege` without LOCK TABLES.
 */
export async function holdTables(connection: MysqlConnection, tables: readonly TableAt[]): Promise<void> {
  try {
    await connection.execute(`LOCK TABLES ${tables.map((at) => `${quoteTable(at)} WRITE`).join(', ')}`);
  } catch (error) {
    if (mysqlErrno(error) !== 1205) throw error;
    const names = tables.map((at) => at.table).join(', ');
    throw new TidemarkError('conflict/table-busy', `a transaction keeps ${names} on ${connection.node}`, {
      hint: 'End the long transaction on that table, then retry. Nothing was renamed.',
      cause: error,
      context: { node: connection.node, lockWaitSeconds },
    });
  }
}

export async function releaseTables(connection: MysqlConnection): Promise<void> {
  await connection.execute('UNLOCK TABLES');
}

/** All pairs in one statement, which is done whole or not at all. */
export function renameStatement(pairs: readonly { from: TableAt; to: TableAt }[]): string {
  return `RENAME TABLE ${pairs.map(({ from, to }) => `${quoteTable(from)} TO ${quoteTable(to)}`).join(', ')}`;
}

/** Whether that session comes to wait for a table within the time: asked over another one. */
export async function comesToWait(
  connection: MysqlConnection,
  sessionId: number,
  deadlineMs = 2_000,
): Promise<boolean> {
  for (const until = performance.now() + deadlineMs; performance.now() < until; await pause(5)) {
    const rows = await connection.query(
      "SELECT 1 AS waits FROM information_schema.PROCESSLIST WHERE ID = ? AND STATE LIKE 'Waiting for table metadata%'",
      [sessionId],
    );
    if (rows.length > 0) return true;
  }
  return false;
}

/** The name of the lock that guards publishing one table on one node: short, because MySQL takes 64 characters. */
export function publishLockName(at: TableAt): string {
  return `tidemark:${createHash('sha256').update(quoteTable(at)).digest('hex').slice(0, 40)}`;
}

/** Held until released or until the session ends. Errors: `conflict/table-busy` when another session keeps it. */
export async function takePublishLock(connection: MysqlConnection, at: TableAt, waitSeconds = 10): Promise<void> {
  const [row] = await connection.query('SELECT GET_LOCK(?, ?) AS got', [publishLockName(at), waitSeconds]);
  if (Number(row?.got) === 1) return;
  throw new TidemarkError('conflict/table-busy', `another restore is publishing ${at.database}.${at.table}`, {
    context: { node: connection.node },
  });
}

/** All of them, in one order for everybody. Errors: `conflict/table-busy`, and then some are held until the session ends. */
export async function takePublishLocks(
  connection: MysqlConnection,
  tables: readonly TableAt[],
  waitSeconds = 3,
): Promise<void> {
  const names = tables.map(publishLockName).sort();
  const got = names.map((name, n) => `GET_LOCK('${name}', ${waitSeconds}) AS l${n}`);
  const [row] = await connection.query(`SELECT ${got.join(', ')}`);
  if (row && Object.values(row).every((value) => Number(value) === 1)) return;
  throw new TidemarkError('conflict/table-busy', `another restore is publishing one of ${tables.length} tables`, {
    context: { node: connection.node },
  });
}

export async function releasePublishLock(connection: MysqlConnection, at: TableAt): Promise<void> {
  await connection.query('SELECT RELEASE_LOCK(?) AS done', [publishLockName(at)]);
}

/**
 * Renames all pairs in one statement, so that each name is there throughout. Waits for the tables' locks a few seconds
 * at a time, letting everybody else through in between; `before` runs before every try (the lease is asked there).
 * Errors: `restore/target-exists` (1050), `conflict/table-busy` when the lock was not had in `tries` tries.
 */
export async function renameTables(
  connection: MysqlConnection,
  pairs: readonly { from: TableAt; to: TableAt }[],
  options: { before: () => Promise<void>; signal: AbortSignal; tries?: number; pauseMs?: number },
): Promise<void> {
  const { before, signal, tries = 10, pauseMs = 2_000 } = options;
  const statement = renameStatement(pairs);
  for (let attempt = 1; ; attempt++) {
    throwIfStopped(signal);
    await before();
    try {
      await connection.execute(statement);
      return;
    } catch (error) {
      const errno = mysqlErrno(error);
      if (errno === 1050) {
        const { to } = pairs[0]!;
        throw new TidemarkError(
          'restore/target-exists',
          `table ${to.database}.${to.table} exists on ${connection.node}`,
          {
            cause: error,
          },
        );
      }
      if (errno !== 1205) throw error;
      if (attempt >= tries) {
        throw new TidemarkError(
          'conflict/table-busy',
          `a transaction keeps ${pairs[0]!.from.table} on ${connection.node}`,
          {
            hint: 'End the long transaction on that table, then retry. Nothing was renamed on this node.',
            cause: error,
            context: { node: connection.node, tries, lockWaitSeconds },
          },
        );
      }
      await pause(pauseMs, signal);
    }
  }
}

/**
 * Ends every session that works for an attempt that lost its job: known by its scratch database in the process list.
 * Waits until they are gone, so that nothing of theirs runs after this. Errors: `conflict/table-busy` when one stays.
 */
export async function endSessionsOf(
  connection: MysqlConnection,
  attemptId: string,
  deadlineMs = 10_000,
): Promise<number> {
  const prefix = `tidemark_${attemptId}_`;
  const ended = new Set<string>();
  for (const until = performance.now() + deadlineMs; ; await pause(50)) {
    const rows = await connection.query(
      // The youngest first: a RENAME that waits for a table must go before the session that holds it.
      `SELECT ID AS id FROM information_schema.PROCESSLIST WHERE LEFT(DB, ?) = ? AND ID <> CONNECTION_ID()
        ORDER BY ID DESC`,
      [prefix.length, prefix],
    );
    if (rows.length === 0) return ended.size;
    for (const row of rows) {
      const id = catalogText(row.id);
      ended.add(id);
      await connection.execute(`KILL ${BigInt(id)}`).catch((error: unknown) => {
        if (mysqlErrno(error) !== 1094) throw error; // gone already
      });
    }
    if (performance.now() > until) {
      throw new TidemarkError(
        'conflict/table-busy',
        `sessions of an earlier attempt do not end on ${connection.node}`,
        {
          context: { node: connection.node, sessions: [...ended] },
        },
      );
    }
  }
}
