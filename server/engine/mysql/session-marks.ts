import { catalogText } from './definition-text.ts';
import { mysqlErrno } from './errno.ts';
import type { SqlSession } from './sql-session.ts';

/** One session as its server shows it. Numbers begin anew when a server restarts; with the port it came from it is one. */
export interface SessionMark {
  id: number;
  /** `address:port` as the server sees it. */
  from: string;
}

/** Asked over one of the sessions, or another of the same user. */
export async function sessionMarks(asking: SqlSession, sessions: readonly SqlSession[]): Promise<SessionMark[]> {
  const own = new Set(sessions.map(({ connectionId }) => connectionId));
  const rows = await asking.query('SELECT ID AS id, HOST AS host FROM information_schema.PROCESSLIST');
  return rows
    .map((row) => ({ id: Number(catalogText(row.id)), from: catalogText(row.host) }))
    .filter(({ id }) => own.has(id));
}

const noSuchThread = 1094;

/** Ends those of them that are still there. Errors: those of the connection; `node/missing-privilege` for another user's. */
export async function endSessions(connection: SqlSession, marks: readonly SessionMark[]): Promise<void> {
  const rows = await connection.query('SELECT ID AS id, HOST AS host FROM information_schema.PROCESSLIST');
  const there = new Set(rows.map((row) => `${catalogText(row.id)} ${catalogText(row.host)}`));
  for (const { id, from } of marks) {
    if (!there.has(`${id} ${from}`)) continue;
    await connection.execute(`KILL ${BigInt(id)}`).catch((error: unknown) => {
      if (mysqlErrno(error) !== noSuchThread) throw error;
    });
  }
}
