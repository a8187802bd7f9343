import { TidemarkError } from '#server/base/error.ts';
import type { Gentleness } from '#server/contract/backup.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import type { CutNode } from '#server/engine/mysql/cut-sessions.ts';
import { catchUp, replicaAccess } from '#server/engine/mysql/replica.ts';
import type { Attempt } from '../attempt.ts';

/**
 * Where the rows are read: on the nodes themselves, or on their replicas once these have what the nodes have now. A node
 * without a replica refuses the backup: who asks for replicas wants the primaries spared.
 * Errors: `node/replica-unfit`, those of the connections.
 */
export async function chooseSide(
  attempt: Attempt,
  cluster: ClusterAccess,
  nodes: ReadonlyMap<string, MysqlAccess>,
  readFrom: Gentleness['readFrom'],
): Promise<CutNode[]> {
  if (readFrom === 'primary') return [...nodes].map(([name, access]) => ({ name, access }));
  const { clock, cancellation } = attempt;
  const without = [...nodes.keys()].filter((name) => !cluster.replicas?.has(name));
  if (without.length > 0) {
    throw new TidemarkError('node/replica-unfit', `no replica is registered for ${without.join(', ')}`, {
      hint: `Register one (tidemark cluster replicas ${cluster.name} --replica ${without[0]}=host:port …), or read from the primary.`,
    });
  }
  return Promise.all(
    [...nodes].map(async ([name, primary]): Promise<CutNode> => {
      const access = replicaAccess(primary, cluster.replicas!.get(name)!);
      const hasAllOf = await catchUp(primary, access, { clock, signal: cancellation.stop });
      attempt.event('info', `node ${name} is read on its replica ${access.host}:${access.port}, which has caught up`);
      return { name, access, replicaOf: { primary, hasAllOf } };
    }),
  );
}

export const replicaName = ({ access, replicaOf }: CutNode): string | null =>
  replicaOf ? `${access.host}:${access.port}` : null;
