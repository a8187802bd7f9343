import { TidemarkError } from '#server/base/error.ts';
import type { MysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';

/**
 * Holding a node's commits for a moment (MariaDB's BACKUP STAGE), so that nobody waits long whatever happens to us: the
 * server itself gives up a stage after `boundMs`, and hangs up on us, which frees the writers, when we
 * say nothing for `deadManSeconds` while we hold them (a stopped process, a lost network).
 */
const deadManSeconds = 2;
const patientSeconds = 86_400;

/** `busy`: not within the bound, may be tried again. `refused`: never on this node with this user. */
type HoldFailure = { kind: 'busy' | 'refused'; node: string; why: string };

export class HoldRefused extends Error {
  readonly failure: HoldFailure;

  constructor(failure: HoldFailure, cause: unknown) {
    super(`${failure.node}: ${failure.why}`, { cause });
    this.failure = failure;
  }
}

/** Everything before commits are held: DDL waits from here on, writers do not. Errors: HoldRefused. */
export async function prepareHold(connection: MysqlConnection, boundMs: number): Promise<void> {
  if (connection.flavor === 'mysql') {
    throw new HoldRefused({ kind: 'refused', node: connection.node, why: 'MySQL cannot hold commits' }, undefined);
  }
  await connection.execute(
    `SET SESSION max_statement_time = ${boundMs / 1000}, lock_wait_timeout = ${Math.ceil(boundMs / 1000)},
       wait_timeout = ${deadManSeconds}`,
  );
  await stage(connection, 'START');
  await stage(connection, 'BLOCK_DDL');
}

/** From here on no transaction commits on this node, until `releaseHold`. Errors: HoldRefused. */
export async function holdCommits(connection: MysqlConnection): Promise<void> {
  await stage(connection, 'BLOCK_COMMIT');
}

/** Always frees the writers: when the server cannot be told, the connection is dropped, which does the same. */
export async function releaseHold(connection: MysqlConnection): Promise<void> {
  if (connection.flavor === 'mysql') return;
  try {
    await connection.execute('BACKUP STAGE END').catch((error: unknown) => {
      const errno = mysqlErrno(error) ?? 0;
      if (errno !== notInBackup && !refusals[errno]) throw error;
    });
    await connection.execute(`SET SESSION max_statement_time = 0, wait_timeout = ${patientSeconds}`);
  } catch (error) {
    connection.destroy(error instanceof TidemarkError ? error : undefined);
  }
}

/** ER_BACKUP_NOT_RUNNING: the first stage was never reached. */
const notInBackup = 4146;
/** Lock wait timeout, query interrupted, statement time exceeded, lock cannot be had because of another backup. */
const busy = new Set([1205, 1317, 1969, 1223]);
/** No privilege; no such statement. */
const refusals: Readonly<Record<number, string>> = {
  1044: 'the user lacks the RELOAD privilege',
  1045: 'the user lacks the RELOAD privilege',
  1064: 'the server does not know BACKUP STAGE',
  1227: 'the user lacks the RELOAD privilege',
};

async function stage(connection: MysqlConnection, name: 'START' | 'BLOCK_DDL' | 'BLOCK_COMMIT'): Promise<void> {
  try {
    await connection.execute(`BACKUP STAGE ${name}`);
  } catch (error) {
    const errno = mysqlErrno(error) ?? 0;
    const { node } = connection;
    if (busy.has(errno)) throw new HoldRefused({ kind: 'busy', node, why: `BACKUP STAGE ${name} had to wait` }, error);
    const why = refusals[errno];
    if (why) throw new HoldRefused({ kind: 'refused', node, why }, error);
    throw error;
  }
}
