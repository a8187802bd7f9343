import type { FragmentFile } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { digestRows } from './digest-table.ts';
import { quoteTable, type TableAt } from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import { planLoad } from './load-plan.ts';
import { pipelined } from './pipelined.ts';
import { encodeBulkBatch } from './protocol/bulk-batch.ts';
import { pinLoadSession, pinReadSession } from './session.ts';
import { openStagingSession } from './staging.ts';

/**
 * Many small tables over one session: what costs a server the most for each of them, waiting for the disk and for the next
 * question, is shared. Statements go out without waiting for answers, rows of all tables are one transaction. For
 * tables without foreign keys and history whose rows fit memory; a server must take COM_STMT_BULK_EXECUTE.
 */
export type SmallTable = Pick<FragmentFile, 'table' | 'createTable' | 'sqlMode' | 'columns' | 'autoIncrement'>;

/** Makes the empty tables with all their indexes in a scratch database. Errors: the first of the server's. */
export async function createSmallTables(
  connection: MysqlConnection,
  scratch: string,
  tables: readonly SmallTable[],
): Promise<void> {
  await openStagingSession(connection, tables[0]!.sqlMode);
  await connection.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(scratch)}`);
  // From here on the process list shows whose session this is: the next attempt ends it by that.
  await connection.execute(`USE ${quoteIdentifier(scratch)}`);
  let mode = tables[0]!.sqlMode;
  await pipelined(tables, async ({ sqlMode, createTable }) => {
    const modeSet = sqlMode === mode ? undefined : connection.execute('SET SESSION sql_mode = ?', [sqlMode]);
    mode = sqlMode;
    await Promise.all([modeSet, connection.execute(createTable)]);
  });
}

/**
 * Loads the rows of all tables in one transaction; `readRows` gives those of one as framed runs of whole rows. The
 * session stays pinned for loading, with autocommit on. Errors: those of `readRows` and of the connection.
 */
export async function loadSmallTables<T extends SmallTable>(
  connection: MysqlConnection,
  scratch: string,
  tables: readonly T[],
  readRows: (table: T) => AsyncIterable<Buffer>,
  onRows: (table: T, rows: number, bytes: number) => void,
): Promise<void> {
  await pinLoadSession(connection);
  await pipelined(tables, async (table) => {
    const plan = planLoad(scratch, table.table, table.columns);
    for await (const run of readRows(table)) {
      const statement = await connection.prepare(plan.insertSql(1));
      for (let from = 0; from < run.length; ) {
        const batch = encodeBulkBatch(plan.rows, statement.id, run, from);
        await statement.bulkExecute(batch.message);
        onRows(table, batch.rows, batch.next - from);
        from = batch.next;
      }
      statement.close();
    }
  });
  await connection.execute('COMMIT');
  await connection.execute('SET SESSION autocommit = 1');
}

/** The next number of each table goes on where it was, should the rows not have moved it there. */
export async function setSmallNumbers(
  connection: MysqlConnection,
  scratch: string,
  tables: readonly SmallTable[],
): Promise<void> {
  const numbered = tables.filter(({ autoIncrement }) => autoIncrement !== null);
  await pipelined(numbered, async ({ table, autoIncrement }) => {
    const [row] = await connection.query(
      'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [scratch, table],
    );
    if (row?.next != null && String(row.next) === autoIncrement) return;
    const at = quoteTable({ database: scratch, table });
    await connection.execute(`ALTER TABLE ${at} AUTO_INCREMENT = ${BigInt(autoIncrement!)}`);
  });
}

/** Row count and digest of each table, in their order. The session stays pinned for reading. */
export async function digestSmallTables<T extends SmallTable>(
  connection: MysqlConnection,
  scratch: string,
  tables: readonly T[],
  onRows: (table: T, rows: number, bytes: number) => void,
): Promise<{ rows: bigint; digest: string }[]> {
  await pinReadSession(connection);
  return pipelined(tables, (table) =>
    digestRows(connection, scratch, table.table, table.columns, {
      onRows: (rows, bytes) => onRows(table, rows, bytes),
    }),
  );
}

/** Some of them may not be there. */
export async function dropSmallTables(connection: MysqlConnection, tables: readonly TableAt[]): Promise<void> {
  await connection.execute('SET SESSION foreign_key_checks = 0, lock_wait_timeout = 5');
  await connection.execute(`DROP TABLE IF EXISTS ${tables.map(quoteTable).join(', ')}`);
}
