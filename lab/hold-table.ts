import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { mysqlAccessOf } from './cluster-access.ts';
import { quoteMysql } from './clusters/foreign-table.ts';
import type { LabNode } from './node.ts';

/**
 * Keeps everybody from a table of a storage node until the answer is called: whatever reads it is then, for certain, in
 * the middle of its work.
 */
export async function holdTable(node: LabNode, database: string, table: string): Promise<() => Promise<void>> {
  const session = await openMysqlConnection(mysqlAccessOf(node));
  await session.execute(`LOCK TABLES ${quoteMysql(database)}.${quoteMysql(table)} WRITE`);
  return async () => {
    await session.execute('UNLOCK TABLES');
    await session.close();
  };
}
