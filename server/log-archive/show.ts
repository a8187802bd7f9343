import type { Context } from '#server/audit/context.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { ArchiveView } from '#server/contract/log-archive.ts';
import { streamView } from './stream-view.ts';

/** The log archive of a cluster, by the cluster's id or name; of one that was never archived, too. Errors: `not-found`. */
export async function showArchive(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  wanted: { id: string } | { name: string },
): Promise<ArchiveView> {
  const cluster = await db.cluster.findUnique({
    where: wanted,
    select: {
      id: true,
      name: true,
      logArchive: { include: { destination: true, streams: { orderBy: { node: 'asc' } } } },
    },
  });
  if (!cluster) {
    throw new TidemarkError('not-found', `there is no cluster ${'name' in wanted ? wanted.name : wanted.id}`);
  }
  const { id, name, logArchive: archive } = cluster;
  const none = { destination: null, wanted: false, changedAt: null, streams: [] };
  if (!archive) return { cluster: { id, name }, ...none };
  const held = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM log_stream WHERE cluster_id = ${id} AND lease_expires_at > clock_timestamp()`;
  const now = clock.now();
  return {
    cluster: { id, name },
    destination: { id: archive.destination.id, name: archive.destination.name },
    wanted: archive.wanted,
    changedAt: archive.changedAt,
    streams: archive.streams.map((row) =>
      streamView(row, { now, wanted: archive.wanted, held: held.some((one) => one.id === row.id) }),
    ),
  };
}
