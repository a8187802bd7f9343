import type { SqlSession } from './sql-session.ts';

/** A session that waits for a table's metadata lock. `statement` is null where the server does not show it. */
export interface LockWaiter {
  readonly id: string;
  readonly statement: string | null;
}

const waiting = 'Waiting for table metadata lock';

/** Needs PROCESS to see the sessions of others. */
export async function lockWaiters(connection: SqlSession): Promise<LockWaiter[]> {
  const rows = await connection.query(
    `SELECT ID AS id, INFO AS statement FROM information_schema.PROCESSLIST WHERE STATE = '${waiting}'`,
  );
  return rows.map(toWaiter);
}

const changes = '^[[:space:]]*(ALTER|CREATE|DROP|TRUNCATE|RENAME|OPTIMIZE|REPAIR|LOCK)[[:space:]]';

/** Sessions that are changing definitions right now, waiting or not. */
export async function definitionChangers(connection: SqlSession): Promise<LockWaiter[]> {
  const rows = await connection.query(
    `SELECT ID AS id, INFO AS statement FROM information_schema.PROCESSLIST WHERE INFO RLIKE '${changes}'`,
  );
  return rows.map(toWaiter);
}

/**
 * Whether a waiting statement can be waiting for this table. Servers do not say which lock a session waits for, so its
 * text decides; a statement that hides what it touches (a call, no text) may be waiting for any table. Wrongly
 * yes costs us one more reading of the table, wrongly no would hold up an application.
 */
export function mayWaitFor(waiter: LockWaiter, database: string, table: string): boolean {
  const { statement } = waiter;
  if (statement === null || /^\s*(call|execute|begin|declare)\b/i.test(statement)) return true;
  if (/^\s*(drop|alter)\s+(database|schema)\b/i.test(statement)) return names(statement, database);
  return names(statement, table);
}

function names(statement: string, name: string): boolean {
  const spelled = [name, name.replaceAll('`', '``')].map((text) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}_$])(${spelled.join('|')})(?![\\p{L}\\p{N}_$])`, 'iu').test(statement);
}

function toWaiter(row: Record<string, unknown>): LockWaiter {
  return { id: String(row.id), statement: row.statement == null ? null : String(row.statement) };
}
