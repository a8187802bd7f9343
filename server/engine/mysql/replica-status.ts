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
  /** Not everything of the primary is applied: which rule says so; '' when there is none. */
  readonly filter: string;
  /** The last error of either thread; '' when there is none. */
  readonly error: string;
}

/** MariaDB; needs REPLICA MONITOR. One row per primary, none on a server that is no replica. */
export const replicaStatusSql = 'SHOW ALL SLAVES STATUS';

const filters = [
  'Replicate_Do_DB',
  'Replicate_Ignore_DB',
  'Replicate_Do_Table',
  'Replicate_Ignore_Table',
  'Replicate_Wild_Do_Table',
  'Replicate_Wild_Ignore_Table',
  'Replicate_Do_Domain_Ids',
  'Replicate_Ignore_Domain_Ids',
  'Replicate_Ignore_Server_Ids',
];

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
    filter: filters
      .filter((name) => row[name] != null && String(row[name]) !== '')
      .map((name) => `${name} = ${row[name]}`)
      .join(', '),
    error: String(row.Last_SQL_Error || row.Last_IO_Error || ''),
  }));
}
