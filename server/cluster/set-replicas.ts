import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type ReplicaAddress, replicasInput } from '#server/contract/cluster.ts';
import { announce } from '#server/db/announce.ts';

/** Replaces what may be read instead of storage nodes; the next inspect looks at them. Errors: `not-found`. */
export async function setReplicas(
  context: Context,
  { clusterId, replicas }: { clusterId: string; replicas: ReplicaAddress[] },
): Promise<void> {
  const next = replicasInput.parse(replicas);
  await context.db.$transaction(async (rows) => {
    const cluster = await rows.cluster.findUnique({ where: { id: clusterId }, select: { name: true } });
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    await rows.cluster.update({ where: { id: clusterId }, data: { replicas: next } });
    await recordAudit(rows, context, {
      action: 'cluster.set-replicas',
      subject: cluster.name,
      detail: { replicas: next.map(({ node, host, port }) => `${node}=${host}:${port}`) },
    });
    await announce(rows, { about: 'cluster', id: clusterId });
  });
}
