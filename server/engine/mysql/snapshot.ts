import type { Position } from '#server/manifest/schema.ts';
import { mysqlErrno } from './errno.ts';
import type { SqlSession } from './sql-session.ts';

/** No binlog, or one we cannot ask about: the snapshot is as good, but no log can be joined to it. */
export const noPosition: Position = { file: '', offset: '0', gtid: '' };

/** Holds one moment of the node's InnoDB tables open on this connection. Errors: those of the connection. */
export async function openSnapshot(connection: SqlSession): Promise<void> {
  await connection.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT');
}

/**
 * Where the binlog stood at the moment this connection's snapshot was opened (MariaDB keeps that with the snapshot), or
 * stands now (MySQL, which does not: exact only when nothing was committed since). `gtid` is left empty: see `withGtid`.
 */
export async function snapshotPosition(connection: SqlSession): Promise<Position> {
  if (connection.flavor === 'mysql') return currentPosition(connection);
  const rows = await connection.query("SHOW STATUS LIKE 'binlog_snapshot_%'");
  const status = new Map(rows.map((row) => [String(row.Variable_name).toLowerCase(), String(row.Value)]));
  const file = status.get('binlog_snapshot_file') ?? '';
  return file === '' ? noPosition : { file, offset: status.get('binlog_snapshot_position') ?? '0', gtid: '' };
}

export function samePosition(a: Position, b: Position): boolean {
  return a.file === b.file && a.offset === b.offset;
}

/** The position with the GTIDs that lie before it, as the server writes them; '' where it cannot tell. */
export async function withGtid(connection: SqlSession, position: Position): Promise<Position> {
  if (position.file === '' || position.gtid !== '') return position;
  const [row] = await connection.query('SELECT BINLOG_GTID_POS(?, ?) AS gtid', [
    position.file,
    Number(position.offset),
  ]);
  return { ...position, gtid: row?.gtid == null ? '' : String(row.gtid) };
}

const wrongStatement = new Set([1064, 1295]);

async function currentPosition(connection: SqlSession): Promise<Position> {
  for (const statement of ['SHOW BINARY LOG STATUS', 'SHOW MASTER STATUS']) {
    try {
      const [row] = await connection.query(statement);
      if (!row) return noPosition;
      return { file: String(row.File), offset: String(row.Position), gtid: String(row.Executed_Gtid_Set ?? '') };
    } catch (error) {
      if (!wrongStatement.has(mysqlErrno(error) ?? 0)) throw error;
    }
  }
  return noPosition;
}
