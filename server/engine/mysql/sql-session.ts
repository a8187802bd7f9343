import type { MysqlConnection } from './connection.ts';
import type { MysqlStatement } from './statement.ts';

/** A statement that was prepared and is executed elsewhere. */
export type PreparedSelect = Pick<MysqlStatement, 'sql' | 'columns' | 'close'>;

/**
 * What asking a server takes, and no rows in bulk: a connection of our own, or one that lives in a thread
 * (thread/read-session.ts).
 */
export interface SqlSession
  extends Pick<
    MysqlConnection,
    'node' | 'connectionId' | 'serverVersion' | 'flavor' | 'failure' | 'query' | 'execute' | 'close' | 'destroy'
  > {
  prepare(sql: string): Promise<PreparedSelect>;
}
