import { hasCode } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';
import type { TableAt } from './foreign-keys.ts';

/**
 * Rights that name this table or one of its columns, as `SELECT, INSERT (column) to user@host`; a table that takes
 * another name does not take them along. Null when this login may not read the server's own tables.
 */
export async function readTableGrants(connection: MysqlConnection, at: TableAt): Promise<string[] | null> {
  try {
    const onTable = await connection.query(
      'SELECT User AS user, Host AS host, Table_priv AS privileges FROM mysql.tables_priv WHERE Db = ? AND Table_name = ? ORDER BY 1, 2',
      [at.database, at.table],
    );
    const onColumns = await connection.query(
      `SELECT User AS user, Host AS host, Column_priv AS privileges, Column_name AS col FROM mysql.columns_priv
        WHERE Db = ? AND Table_name = ? ORDER BY 1, 2, 4`,
      [at.database, at.table],
    );
    const account = (row: (typeof onTable)[number]) => `${text(row.user)}@${text(row.host)}`;
    const words = (row: (typeof onTable)[number]) => text(row.privileges).toUpperCase().replaceAll(',', ', ');
    return [
      // A table named for the sake of its columns alone has no rights of its own.
      ...onTable.filter((row) => text(row.privileges) !== '').map((row) => `${words(row)} to ${account(row)}`),
      ...onColumns.map((row) => `${words(row)} (${text(row.col)}) to ${account(row)}`),
    ];
  } catch (error) {
    if (hasCode(error, 'node/missing-privilege')) return null;
    throw error;
  }
}
