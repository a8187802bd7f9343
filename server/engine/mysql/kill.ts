import type { MysqlAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';

const noSuchThread = 1094;

/**
 * Ends the statement that session `connectionId` runs; the session lives on. False: there is no such session any
 * more. Errors: as opening a connection, and `node/missing-privilege` for sessions of other users.
 */
export function killQuery(access: MysqlAccess, connectionId: number): Promise<boolean> {
  return kill(access, 'QUERY', connectionId);
}

/** Ends session `connectionId` with everything it holds. Otherwise as killQuery. */
export function killConnection(access: MysqlAccess, connectionId: number): Promise<boolean> {
  return kill(access, 'CONNECTION', connectionId);
}

async function kill(access: MysqlAccess, what: 'QUERY' | 'CONNECTION', connectionId: number): Promise<boolean> {
  const connection = await openMysqlConnection(access);
  try {
    // KILL takes no parameters, but a number cannot carry anything else into the text.
    await connection.execute(`KILL ${what} ${BigInt(connectionId)}`);
    return true;
  } catch (error) {
    if (mysqlErrno(error) === noSuchThread) return false;
    throw error;
  } finally {
    await connection.close();
  }
}
