import type { MysqlConnection } from '../mysql/connection.ts';
import { mysqlErrno } from '../mysql/errno.ts';
import type { StorageTable } from './storage-tables.ts';

/**
 * Asking information_schema for sizes opens every table: 0.45 ms each when cold, 9 s for 20,000. Up to this many that is
 * under a second and always current; beyond, InnoDB's own statistics table is read instead, which can lie some seconds
 * behind a bulk load.
 */
const openedAtMost = 2_000;

/** Tables without a row in the statistics (other engines) that are worth opening one by one. */
const singlyAtMost = 200;

/** The same tables with `rows` and `bytes` filled in: the server's estimates, never counted. */
export async function withEstimates(
  connection: MysqlConnection,
  tables: readonly StorageTable[],
  openAtMost = openedAtMost,
): Promise<StorageTable[]> {
  const estimates = new Map<string, { rows: number; bytes: number }>();
  const real = tables.filter((one) => one.kind === 'table' && one.broken === null);
  const databases = [...new Set(real.map((one) => one.database))];
  const statistics = real.length > openAtMost ? await readStatistics(connection, databases) : undefined;
  if (statistics === undefined) {
    for (const database of databases) add(estimates, database, await connection.query(databaseSql, [database]));
  } else {
    for (const { database, rows } of statistics) add(estimates, database, rows);
    const missing = real.filter((one) => !estimates.has(keyOf(one.database, one.table)));
    for (const { database, table } of missing.slice(0, singlyAtMost)) {
      add(estimates, database, await connection.query(`${databaseSql} AND TABLE_NAME = ?`, [database, table]));
    }
  }
  return tables.map((one) => ({ ...one, ...estimates.get(keyOf(one.database, one.table)) }));
}

interface EstimateRow {
  [column: string]: unknown;
}

function add(
  estimates: Map<string, { rows: number; bytes: number }>,
  database: string,
  found: readonly EstimateRow[],
): void {
  for (const row of found) {
    // A natively partitioned table has a row per partition in the statistics: `t#P#p0`, `t#P#p0#SP#p0sp0`.
    const key = keyOf(database, String(row.name).replace(/#P#.*$/is, ''));
    const known = estimates.get(key) ?? { rows: 0, bytes: 0 };
    estimates.set(key, { rows: known.rows + Number(row.rows ?? 0), bytes: known.bytes + Number(row.bytes ?? 0) });
  }
}

/** Undefined when the login may not read them (they lie in the database `mysql`). */
async function readStatistics(
  connection: MysqlConnection,
  databases: readonly string[],
): Promise<{ database: string; rows: EstimateRow[] }[] | undefined> {
  try {
    const found: { database: string; rows: EstimateRow[] }[] = [];
    for (const database of databases) {
      found.push({ database, rows: await connection.query(statisticsSql, [database]) });
    }
    return found;
  } catch (error) {
    if (mysqlErrno(error) === undefined) throw error;
    return undefined;
  }
}

const databaseSql = `SELECT TABLE_NAME AS name, TABLE_ROWS AS \`rows\`, DATA_LENGTH + INDEX_LENGTH AS bytes
  FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?`;

const statisticsSql = `SELECT table_name AS name, n_rows AS \`rows\`,
  (clustered_index_size + sum_of_other_index_sizes) * @@innodb_page_size AS bytes
  FROM mysql.innodb_table_stats WHERE database_name = ?`;

function keyOf(database: string, table: string): string {
  return `${database}\0${table}`;
}
