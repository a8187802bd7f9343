import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';

/**
 * From now on nothing more is archived of a cluster; what was stays, and a start goes on there. The executors seal what
 * they have read and let go within seconds. Stopping what is stopped changes nothing. Errors: `not-found`.
 */
export async function stopArchive(context: Context, input: { clusterId: string }): Promise<void> {
  const { clusterId } = input;
  await context.db.$transaction(async (rows) => {
    const [cluster] = await rows.$queryRaw<{ name: string }[]>`
      SELECT name FROM cluster WHERE id = ${clusterId} FOR UPDATE`;
    if (!cluster) throw new TidemarkError('not-found', 'there is no such cluster');
    const stopped = await rows.logArchive.updateMany({
      where: { clusterId, wanted: true },
      data: { wanted: false, changedAt: context.clock.now() },
    });
    if (stopped.count === 0) return;
    await recordAudit(rows, context, { action: 'archive.stop', subject: cluster.name });
    await announce(rows, { about: 'archive', id: clusterId, what: 'wanted' });
  });
}
