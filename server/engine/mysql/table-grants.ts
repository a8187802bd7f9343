import { hasCode } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import { catalogText as text } from './definition-text.ts';

/**
 * Rights that name a table of this database or one of its columns, by table, as `SELECT, INSERT (column) to user@host`; a
 * table that takes another name does not take them along. Null when this login may not read the server's own tables.
 */
export async function readTableGrants(
  connection: MysqlConnection,
  database: string,
): Promise<Map<string, string[]> | null> {
  try {
    const onTables = await connection.query(
      `SELECT Table_name AS tbl, User AS user, Host AS host, Table_priv AS privileges FROM mysql.tables_priv
        WHERE Db = ? ORDER BY 1, 2, 3`,
      [database],
    );
    const onColumns = await connection.query(
      `SELECT Table_name AS tbl, User AS user, Host AS host, Column_priv AS privileges, Column_name AS col
         FROM mysql.columns_priv WHERE Db = ? ORDER BY 1, 2, 3, 5`,
      [database],
    );
    const grants = new Map<string, string[]>();
    const add = (row: (typeof onTables)[number], column: string) => {
      // A table named for the sake of its columns alone has no rights of its own.
      if (text(row.privileges) === '') return;
      const words = text(row.privileges).toUpperCase().replaceAll(',', ', ');
      const grant = `${words}${column} to ${text(row.user)}@${text(row.host)}`;
      grants.set(text(row.tbl), [...(grants.get(text(row.tbl)) ?? []), grant]);
    };
    for (const row of onTables) add(row, '');
    for (const row of onColumns) add(row, ` (${text(row.col)})`);
    return grants;
  } catch (error) {
    if (hasCode(error, 'node/missing-privilege')) return null;
    throw error;
  }
}
