import type { Context } from '#server/audit/context.ts';
import type { CheckState, ClusterKind, ReplicaAddress } from '#server/contract/cluster.ts';

export interface ClusterView {
  id: string;
  serial: number;
  name: string;
  kind: ClusterKind;
  address: { host: string; port: number; database: string };
  /** What may be read instead of a storage node. */
  replicas: ReplicaAddress[];
  zone: string;
  createdAt: Date;
  topologyAt: Date | null;
  topologyError: unknown;
  tableCount: number;
  totalBytes: bigint;
  nodeCount: number;
  /** The worst check of any node; unknown before the first inspect. */
  health: CheckState;
  checkCounts: Record<CheckState, number>;
  lastBackupAt: Date | null;
}

/** All clusters by name. */
export async function listClusters({ db }: Pick<Context, 'db'>): Promise<ClusterView[]> {
  const [clusters, checks, backups] = await Promise.all([
    db.cluster.findMany({ orderBy: { name: 'asc' }, include: { _count: { select: { nodes: true } } } }),
    db.nodeCheck.groupBy({ by: ['clusterId', 'state'], _count: true }),
    db.backup.groupBy({ by: ['clusterId'], where: { removedAt: null }, _max: { at: true } }),
  ]);
  return clusters.map(({ _count, ...cluster }) => {
    const counts: Record<CheckState, number> = { ok: 0, warn: 0, bad: 0, unknown: 0 };
    for (const group of checks) {
      if (group.clusterId === cluster.id) counts[group.state as CheckState] = group._count;
    }
    return {
      ...cluster,
      kind: cluster.kind as ClusterKind,
      address: cluster.address as ClusterView['address'],
      replicas: cluster.replicas as ReplicaAddress[],
      nodeCount: _count.nodes,
      health: worst(counts),
      checkCounts: counts,
      lastBackupAt: backups.find((group) => group.clusterId === cluster.id)?._max.at ?? null,
    };
  });
}

function worst(counts: Record<CheckState, number>): CheckState {
  if (counts.bad > 0) return 'bad';
  if (counts.warn > 0) return 'warn';
  return counts.ok > 0 ? 'ok' : 'unknown';
}
