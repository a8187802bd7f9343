import type { Position } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';
import { replicaStatusSql, replicationIn } from './replica-status.ts';
import { noPosition } from './snapshot.ts';

type Asked = Pick<MysqlConnection, 'query' | 'execute'>;

/** In the primary's log. */
export interface AppliedPosition {
  readonly file: string;
  readonly offset: string;
}

/** Applied transactions leave a row here in the same transaction: read in a snapshot, it tells what the snapshot holds. */
const appliedSql = 'SELECT domain_id, sub_id, server_id, seq_no FROM mysql.gtid_slave_pos';

/**
 * The last transaction of each domain that a replica's snapshot holds, as GTIDs; null where the table may not be read or
 * is in no snapshot. Exact, whatever the applier does meanwhile.
 */
async function appliedGtids(snapshot: Asked): Promise<string | null> {
  try {
    const [engine] = await snapshot.query(
      "SELECT ENGINE AS engine FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'mysql' AND TABLE_NAME = 'gtid_slave_pos'",
    );
    if (String(engine?.engine).toLowerCase() !== 'innodb') return null;
    await snapshot.execute('SAVEPOINT tidemark_applied');
    const rows = await snapshot.query(appliedSql);
    await snapshot.execute('ROLLBACK TO SAVEPOINT tidemark_applied');
    const last = new Map<number, { subId: bigint; gtid: string }>();
    for (const row of rows) {
      const [domain, subId] = [Number(row.domain_id), BigInt(String(row.sub_id))];
      const known = last.get(domain);
      if (known && known.subId > subId) continue;
      last.set(domain, { subId, gtid: `${domain}-${row.server_id}-${row.seq_no}` });
    }
    return [...last]
      .sort(([a], [b]) => a - b)
      .map(([, { gtid }]) => gtid)
      .join(',');
  } catch (error) {
    if (mysqlErrno(error) === undefined) throw error;
    return null;
  }
}

/** Up to where the replica says that it applied its primary's log, just now. */
export async function appliedPosition(replica: Asked, primaryServerId: number): Promise<AppliedPosition | null> {
  const all = replicationIn(await replica.query(replicaStatusSql));
  return all.find((one) => one.primaryServerId === primaryServerId) ?? null;
}

/**
 * A replica's snapshot in its primary's terms. The replica tells its file and offset a moment after it has applied a
 * transaction, so they are only taken when the primary says that exactly the snapshot's GTIDs lie before them; else
 * the position is the GTIDs alone, without a file.
 */
async function positionInPrimary(primary: Asked, gtids: string, told: AppliedPosition | null): Promise<Position> {
  if (told !== null && told.file !== '') {
    const sql = 'SELECT BINLOG_GTID_POS(?, ?) AS gtid, @@gtid_binlog_pos AS logged';
    const [row] = await primary.query(sql, [told.file, Number(told.offset)]);
    const before = row?.gtid == null ? null : String(row.gtid);
    if (before !== null && isWithin(before, gtids, String(row?.logged)))
      return { file: told.file, offset: told.offset, gtid: before };
  }
  return { ...noPosition, gtid: gtids };
}

/**
 * Every GTID before the position must be the replica's last one of its domain. A replica may know domains that its primary
 * has never `logged`; of one that it has, the replica's last transaction must lie before the position, too.
 */
function isWithin(before: string, replica: string, logged: string): boolean {
  const own = new Set(listOf(replica));
  const reached = new Set(listOf(before).map(domainOf));
  const known = new Set(listOf(logged).map(domainOf));
  const isReached = (gtid: string) => reached.has(domainOf(gtid)) || !known.has(domainOf(gtid));
  return listOf(before).every((gtid) => own.has(gtid)) && listOf(replica).every(isReached);
}

const listOf = (gtids: string) => gtids.split(',').filter((gtid) => gtid !== '');
const domainOf = (gtid: string) => gtid.split('-')[0]!;

export interface ReplicaPosition {
  position: Position;
  /** Whether all snapshots are of one moment; if not, the position is the first one's. */
  agree: boolean;
  /** What is not guaranteed; '' when everything is. */
  reason: string;
}

/** Of snapshots that are open on a replica. `told`: what appliedPosition answered at their moment, or soon after. */
export async function replicaPosition({
  primary,
  snapshots,
  told,
}: {
  primary: Asked;
  snapshots: readonly Asked[];
  told: AppliedPosition | null;
}): Promise<ReplicaPosition> {
  const found = await Promise.all(snapshots.map(appliedGtids));
  const [first = null] = found;
  if (first === null) {
    const reason =
      'its position in the primary cannot be told: mysql.gtid_slave_pos is no InnoDB table that we may read';
    return { position: noPosition, agree: false, reason };
  }
  const agree = found.every((gtids) => gtids === first);
  const reason = agree ? '' : 'its snapshots are not of one moment, so it is read over one connection';
  return { position: await positionInPrimary(primary, first, told), agree, reason };
}
