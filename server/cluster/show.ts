import type { Context } from '#server/audit/context.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { NodeCheck, NodeInfo } from '#server/contract/cluster.ts';
import { type ClusterView, listClusters } from './list.ts';

export interface ClusterDetail extends ClusterView {
  nodes: NodeInfo[];
  checks: NodeCheck[];
  /** Whose credentials these are and how they travel; the secrets never leave the executor. */
  credentials: { purpose: 'main' | 'storage'; user: string; tlsMode: string; changedAt: Date }[];
}

/** By id or name. Errors: `not-found`. */
export async function showCluster(
  { db }: Pick<Context, 'db'>,
  wanted: { id: string } | { name: string },
): Promise<ClusterDetail> {
  const row = await db.cluster.findUnique({
    where: wanted,
    select: { id: true, nodes: true, checks: { orderBy: { ordinal: 'asc' } }, credentials: true },
  });
  const view = row && (await listClusters({ db })).find((cluster) => cluster.id === row.id);
  if (!view) {
    throw new TidemarkError('not-found', `there is no cluster ${'name' in wanted ? wanted.name : wanted.id}`);
  }
  return {
    ...view,
    nodes: row.nodes.map(({ clusterId: _, ...node }) => ({
      ...(node as unknown as NodeInfo),
      freeBytes: node.freeBytes === null ? null : Number(node.freeBytes),
    })),
    checks: row.checks.map(({ clusterId: _, ordinal: __, ...check }) => check as NodeCheck),
    credentials: row.credentials.map(({ purpose, userName, tlsMode, changedAt }) => ({
      purpose: purpose as 'main' | 'storage',
      user: userName,
      tlsMode,
      changedAt,
    })),
  };
}
