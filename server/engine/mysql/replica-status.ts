import type { Row } from './protocol/row.ts';

/** One channel of replication as a replica tells of it. Positions are those of the primary's log. */
export interface Replication {
  readonly primaryHost: string;
  readonly primaryPort: number;
  readonly primaryServerId: number;
  readonly ioRunning: boolean;
  readonly sqlRunning: boolean;
  /** Null while the applier stands. */
  readonly lagSeconds: number | null;
  /** Up to where the primary's log was applied. */
  readonly file: string;
  readonly offset: string;
  /** The last error of either thread; '' when there is none. */
  readonly error: string;
}

/** MariaDB; needs REPLICA MONITOR. One row per primary, none on a server that is no replica. */
export const replicaStatusSql = 'SHOW ALL SLAVES STATUS';

export function replicationIn(rows: readonly Row[]): Replication[] {
  return rows.map((row) => ({
    primaryHost: String(row.Master_Host),
    primaryPort: Number(row.Master_Port),
    primaryServerId: Number(row.Master_Server_Id),
    ioRunning: row.Slave_IO_Running === 'Yes',
    sqlRunning: row.Slave_SQL_Running === 'Yes',
    lagSeconds: row.Seconds_Behind_Master == null ? null : Number(row.Seconds_Behind_Master),
    file: String(row.Relay_Master_Log_File),
    offset: String(row.Exec_Master_Log_Pos),
    error: String(row.Last_SQL_Error || row.Last_IO_Error || ''),
  }));
}
