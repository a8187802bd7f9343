import type { PlanCheck, RestoreInput } from '#server/contract/restore.ts';
import type { LoadPath } from '#server/engine/mysql/load-path.ts';
import { checkReplicas } from './check-replicas.ts';
import { checkWay } from './check-way.ts';
import type { TargetWorld } from './world.ts';

type Asked = Pick<RestoreInput, 'logBin' | 'maxReplicaLagSeconds'>;

/**
 * Checks of how rows are to get into one node: by which way, logged or not, and whose lag can be watched. `numbered`: a
 * table with AUTO_INCREMENT is loaded there over several connections.
 */
export async function checkLoad(
  world: TargetWorld,
  node: string,
  asked: Asked,
  numbered: boolean,
): Promise<PlanCheck[]> {
  const { autoIncrementLockMode } = await world.settings(node);
  return [
    ...checkWay(node, { path: await loadPathOf(world, node), autoIncrementLockMode, numbered }),
    ...(asked.logBin ? [] : [await checkUnlogged(world, node)]),
    ...(asked.maxReplicaLagSeconds === null ? [] : [await checkReplicas(world, node)]),
  ];
}

async function loadPathOf(world: TargetWorld, node: string): Promise<LoadPath> {
  const session = await world.session(node);
  if (session.supportsBulk) return 'bulk';
  const [row] = await session.query('SELECT @@local_infile AS allowed');
  return Number(row?.allowed) === 1 ? 'local-data' : 'insert';
}

/** The setting is tried, because who may change it differs between servers and versions. */
async function checkUnlogged(world: TargetWorld, node: string): Promise<PlanCheck> {
  const of = { id: `binlog/${node}`, label: `${node} does not log this restore` };
  const session = await world.session(node);
  const refused = await session.execute('SET SESSION sql_log_bin = 0').then(
    () => null,
    (error: Error) => error.message,
  );
  if (refused !== null) {
    return {
      ...of,
      state: 'bad',
      detail: refused,
      fix: 'GRANT BINLOG ADMIN (MariaDB) or SYSTEM_VARIABLES_ADMIN (MySQL) to the user of Tidemark, or let the restore be logged.',
    };
  }
  await session.execute('SET SESSION sql_log_bin = 1');
  return {
    ...of,
    state: 'warn',
    detail:
      'replicas of the node and later log archives get neither the tables nor their rows; a replica stops with an error at the first later change of one, and a restore to a later point does not have them',
    fix: 'Only for a node without replicas and archives, or when you copy the tables there by yourself. Else let the restore be logged.',
  };
}
