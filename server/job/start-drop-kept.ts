import { TidemarkError } from '#server/base/error.ts';
import { type Enqueued, enqueue, type JobContext } from './enqueue.ts';

/** Drops the live table that an in-place restore set aside. Errors: `not-found`, `conflict/table-busy`. */
export async function startDropKept(context: JobContext, input: { keptId: string }): Promise<Enqueued> {
  const kept = await context.db.keptCopy.findUnique({ where: { id: input.keptId } });
  if (!kept || kept.droppedAt) throw new TidemarkError('not-found', 'there is no such kept copy');
  const cluster = await context.db.cluster.findUnique({
    where: { id: kept.clusterId },
    select: { id: true, name: true },
  });
  if (!cluster) throw new TidemarkError('not-found', 'the cluster of this kept copy was removed');
  return enqueue(context, {
    input: { kind: 'drop-kept', keptId: kept.id, clusterId: kept.clusterId },
    title: `${kept.table}, kept as ${kept.keptAs}`,
    cluster,
    writes: { clusterId: cluster.id, tables: [kept.table] },
  });
}
