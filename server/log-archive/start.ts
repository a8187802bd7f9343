import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { StartArchive } from '#server/contract/log-archive.ts';
import { announce } from '#server/db/announce.ts';
import { noJson, type Rows } from '#server/db/client.ts';
import { addStreams } from './add-streams.ts';

/**
 * From now on the logs of a cluster's storage nodes are archived: one archive, which every policy and backup on the
 * cluster shares. Where it was archived before it goes on; another destination begins anew. Starting what runs changes
 * nothing. Errors: `not-found`, `input/invalid` where several destinations could be meant, `conflict/in-use` where it
 * runs to another destination, `node/unsupported` where there is no log to archive.
 */
export async function startArchive(context: Context, input: StartArchive): Promise<void> {
  const { clusterId } = input;
  await context.db.$transaction(async (rows) => {
    const [cluster] = await rows.$queryRaw<{ name: string; kind: string; seen: boolean }[]>`
      SELECT name, kind, topology_at IS NOT NULL AS seen FROM cluster WHERE id = ${clusterId} FOR UPDATE`;
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    await refuseWithoutLog(rows, clusterId, cluster);
    const before = await rows.logArchive.findUnique({ where: { clusterId }, include: { destination: true } });
    const destination = await destinationFor(rows, input.destinationId ?? before?.destinationId);
    const moves = before !== null && before.destinationId !== destination.id;
    if (moves) await refuseWhileHeld(rows, clusterId, { wanted: before.wanted, name: before.destination.name });
    if (before?.wanted && !moves) return;
    const row = { destinationId: destination.id, wanted: true, changedAt: context.clock.now() };
    await rows.logArchive.upsert({ where: { clusterId }, create: { clusterId, ...row }, update: row });
    await rows.logStream.updateMany({
      where: { clusterId },
      data: { ...(moves ? begunAnew : begunAgain), updatedAt: row.changedAt },
    });
    await addStreams(rows, { clusterId });
    await recordAudit(rows, context, {
      action: 'archive.start',
      subject: cluster.name,
      detail: { destination: destination.name },
    });
    await announce(rows, { about: 'archive', id: clusterId, what: 'wanted' });
  });
}

const begunAgain = { state: 'starting', failures: 0, retryAt: null, reason: noJson } as const;
/** What was told of another repository is not true of this one. */
const begunAnew = {
  ...begunAgain,
  ...{ file: null, position: null, gtid: null, committedAt: null, archivedUntil: null },
  ...{ logBytes: 0n, writtenBytes: 0n, segments: 0, gaps: 0, lastGap: noJson },
} as const;

async function refuseWithoutLog(rows: Rows, clusterId: string, cluster: { name: string; kind: string; seen: boolean }) {
  const nodes = await rows.node.count({ where: { clusterId, role: 'storage', engine: 'mysql' } });
  if (cluster.kind !== 'postgres' && (nodes > 0 || !cluster.seen)) return;
  throw new TidemarkError('node/unsupported', `cluster ${cluster.name} has no storage node whose log can be archived`, {
    hint: 'The log of MySQL and MariaDB servers is archived.',
  });
}

async function destinationFor(rows: Rows, destinationId: string | undefined): Promise<{ id: string; name: string }> {
  if (destinationId !== undefined) {
    // Locked, so that it is not removed in between.
    const [found] = await rows.$queryRaw<{ id: string; name: string }[]>`
      SELECT id, name FROM destination WHERE id = ${destinationId} FOR SHARE`;
    if (!found) throw new TidemarkError('not-found', 'there is no such destination');
    return found;
  }
  const all = await rows.$queryRaw<{ id: string; name: string }[]>`SELECT id, name FROM destination LIMIT 2 FOR SHARE`;
  if (all.length === 1) return all[0]!;
  if (all.length === 0) {
    throw new TidemarkError('not-found', 'there is no destination to archive to', { hint: 'Add a destination first.' });
  }
  throw new TidemarkError('input/invalid', 'there are several destinations', {
    hint: 'Say which one the log is archived to.',
  });
}

async function refuseWhileHeld(rows: Rows, clusterId: string, there: { wanted: boolean; name: string }) {
  const held = await rows.$queryRaw<unknown[]>`
    SELECT 1 FROM log_stream WHERE cluster_id = ${clusterId} AND lease_expires_at > clock_timestamp() LIMIT 1`;
  if (!there.wanted && held.length === 0) return;
  throw new TidemarkError('conflict/in-use', `the log is archived to ${there.name}, and a cluster has one archive`, {
    hint: there.wanted ? 'Stop it first, then start it to the other destination.' : 'It is being stopped; try again.',
  });
}
