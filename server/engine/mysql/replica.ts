import type { Clock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';
import { type Replication, replicaStatusSql, replicationIn } from './replica-status.ts';

/** A replica that needs longer than this to have what its primary has now is not read. */
const mostLagSeconds = 60;

/** How its login is that of the primary: what is granted there is replicated. */
export function replicaAccess(primary: MysqlAccess, { host, port }: { host: string; port: number }): MysqlAccess {
  const { socketPath: _, ...access } = primary;
  return { ...access, host, port };
}

/**
 * Waits until a replica has everything that its primary had at an instant, which is returned: a snapshot of the replica
 * taken from now on holds every transaction committed by then. Errors: `node/replica-unfit` when it is no replica of this
 * primary, leaves something out, stands still, or is further behind than a minute; those of the connections.
 */
export async function catchUp(
  primary: MysqlAccess,
  replica: MysqlAccess,
  { clock, signal, lagSeconds = mostLagSeconds }: { clock: Clock; signal?: AbortSignal; lagSeconds?: number },
): Promise<Date> {
  const at = await openMysqlConnection(primary, { signal });
  let own: MysqlConnection | undefined;
  try {
    own = await open(replica, signal);
    await fitReplication(at, own);
    // Before the question: what is committed while it travels may be in the answer or not.
    const asked = clock.now();
    const [row] = await at.query('SELECT @@gtid_binlog_pos AS gtid');
    const gtid = String(row?.gtid ?? '');
    const [waited] = await own.query('SELECT MASTER_GTID_WAIT(?, ?) AS late', [gtid, lagSeconds]);
    if (Number(waited?.late) !== 0) {
      throw unfit(
        replica,
        `is more than ${lagSeconds} s behind its primary`,
        `Wait until it has caught up, find out what it lacks with SHOW ALL SLAVES STATUS, or read from the primary.`,
      );
    }
    return asked;
  } finally {
    await Promise.all([at.close(), own?.close()]);
  }
}

/** That it replicates from this primary, all of it, and now. Errors: `node/replica-unfit`, `node/missing-privilege`. */
export async function fitReplication(primary: MysqlConnection, replica: MysqlConnection): Promise<Replication> {
  if (primary.flavor !== 'mariadb' || replica.flavor !== 'mariadb') {
    throw unfit(replica, 'is no MariaDB', 'Only replicas of MariaDB can be read. Read from the primary.');
  }
  const [row] = await primary.query('SELECT @@server_id AS id, @@log_bin AS logs');
  if (Number(row?.logs) !== 1) {
    throw unfit(replica, 'has a primary that writes no binlog', 'Turn the binlog of the primary on (log_bin).');
  }
  const all = await statusOf(replica);
  const found = all.find(({ primaryServerId }) => primaryServerId === Number(row?.id));
  if (!found) {
    const others = all.map(({ primaryHost, primaryPort }) => `${primaryHost}:${primaryPort}`).join(', ');
    const instead = others === '' ? 'from nothing' : `from ${others}`;
    const fix = `Register a replica of this node. Each server needs a server_id of its own.`;
    throw unfit(replica, `does not replicate from node ${primary.node} but ${instead}`, fix);
  }
  if (!found.ioRunning || !found.sqlRunning) {
    const why = found.error === '' ? '' : `: ${found.error}`;
    throw unfit(
      replica,
      `does not replicate just now${why}`,
      'Start its replication (START SLAVE), or read from the primary.',
    );
  }
  if (found.filter !== '') {
    throw unfit(
      replica,
      `leaves something out (${found.filter})`,
      'Read from the primary, or from a replica that has all of it.',
    );
  }
  return found;
}

async function statusOf(replica: MysqlConnection): Promise<Replication[]> {
  try {
    return replicationIn(await replica.query(replicaStatusSql));
  } catch (error) {
    if (mysqlErrno(error) === undefined) throw error;
    throw new TidemarkError('node/missing-privilege', `the replication of node ${replica.node} may not be asked for`, {
      hint: 'Grant REPLICA MONITOR (SLAVE MONITOR) on *.* to the user of the storage nodes.',
      cause: error,
    });
  }
}

async function open(access: MysqlAccess, signal: AbortSignal | undefined): Promise<MysqlConnection> {
  try {
    return await openMysqlConnection(access, { signal });
  } catch (error) {
    if (signal?.aborted || !(error instanceof TidemarkError)) throw error;
    const { host, port } = access;
    throw new TidemarkError(error.code, `replica ${host}:${port} of node ${access.node}: ${error.message}`, {
      hint: error.hint,
      cause: error,
    });
  }
}

function unfit(replica: { node: string; host?: string; port?: number }, what: string, hint: string): TidemarkError {
  const where = replica.host === undefined ? '' : ` (${replica.host}:${replica.port})`;
  return new TidemarkError('node/replica-unfit', `the replica of node ${replica.node}${where} ${what}`, { hint });
}
