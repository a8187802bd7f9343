import { asTidemarkError } from '#server/base/error.ts';
import type { PlanCheck } from '#server/contract/restore.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { replicaStatusSql, replicationIn } from '#server/engine/mysql/replica-status.ts';
import { replicasOfNode } from './load-pace.ts';
import type { TargetWorld } from './world.ts';

/** Whether loads into a node can wait for its replicas: each is asked now what it will be asked then. */
export async function checkReplicas(world: TargetWorld, node: string): Promise<PlanCheck> {
  const of = { id: `replicas/${node}`, label: `${node} has replicas whose lag can be watched` };
  const found = await replicasOfNode(world, node);
  if (found.length === 0) {
    return {
      ...of,
      state: 'warn',
      detail:
        'no replica is registered for the node, and none is connected that says where it is: loading waits for none',
      fix: 'Register the replica with the cluster. Where TLS verifies servers, it is enough to set report_host on it and GRANT REPLICATION MASTER ADMIN ON *.* to the user of Tidemark.',
    };
  }
  const problems = await Promise.all(found.map(problemOf));
  const silent = found.flatMap((one, n) => (problems[n] === null ? [] : [`${one.node}: ${problems[n]}`]));
  if (silent.length === 0) return { ...of, state: 'ok', detail: found.map((one) => one.node).join(', '), fix: '' };
  return {
    ...of,
    state: 'warn',
    detail: `loading does not wait for ${silent.join('; ')}`,
    fix: 'Let an executor reach the replica (MariaDB), and GRANT REPLICA MONITOR ON *.* to the user of Tidemark.',
  };
}

/** Why a replica does not tell how far behind it is; null when it does. */
async function problemOf(access: MysqlAccess): Promise<string | null> {
  try {
    const session = await openMysqlConnection(access);
    try {
      const replications = replicationIn(await session.query(replicaStatusSql));
      return replications.length > 0 ? null : 'it replicates from nobody';
    } finally {
      await session.close();
    }
  } catch (error) {
    return asTidemarkError(error).message;
  }
}
