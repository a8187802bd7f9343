import type { Context } from '#server/audit/context.ts';
import { recordAudit } from '#server/audit/record.ts';
import { TidemarkError } from '#server/base/error.ts';
import { announce } from '#server/db/announce.ts';

/**
 * Forgets a destination; nothing on it is touched, and registering it again and reindexing brings its backups back.
 * Errors: `not-found`, `conflict/in-use` while a job of it is not ended, while a log is archived to it, or while it holds backups or
 * a log archive (unless `forget`).
 */
export async function removeDestination(
  context: Context,
  input: { destinationId: string; forget?: boolean },
): Promise<void> {
  const { destinationId } = input;
  await context.db.$transaction(async (rows) => {
    const [destination] = await rows.$queryRaw<{ name: string }[]>`
      SELECT name FROM destination WHERE id = ${destinationId} FOR UPDATE`;
    if (!destination) throw new TidemarkError('not-found', 'there is no such destination');
    const job = await rows.job.findFirst({
      where: { destinationId, state: { in: ['queued', 'running', 'cancelling'] } },
      select: { id: true, number: true },
    });
    if (job) {
      throw new TidemarkError('conflict/in-use', `job #${job.number} of ${destination.name} has not ended`, {
        context: { jobId: job.id, jobNumber: job.number },
      });
    }
    const archives = await rows.logArchive.findMany({ where: { destinationId }, include: { cluster: true } });
    const archived = archives.find(({ wanted }) => wanted) ?? (input.forget ? undefined : archives[0]);
    if (archived) {
      throw new TidemarkError(
        'conflict/in-use',
        `the log archive of ${archived.cluster.name} lies on ${destination.name}`,
        {
          hint: archived.wanted
            ? 'Stop that archive first.'
            : 'Remove the destination with its catalog; the archive itself stays where it is, and a new one begins anew.',
          context: { clusterId: archived.clusterId },
        },
      );
    }
    const backups = await rows.backup.count({ where: { destinationId, removedAt: null } });
    if (backups > 0 && !input.forget) {
      throw new TidemarkError('conflict/in-use', `${backups} backups lie on ${destination.name}`, {
        hint: 'Remove them first, or remove the destination with its catalog; the backups themselves stay where they are.',
        context: { backups },
      });
    }
    await rows.backup.deleteMany({ where: { destinationId } });
    await rows.logArchive.deleteMany({ where: { destinationId } });
    await rows.destination.delete({ where: { id: destinationId } });
    await rows.job.updateMany({ where: { destinationId }, data: { destinationId: null } });
    await recordAudit(rows, context, { action: 'destination.remove', subject: destination.name, detail: { backups } });
    await announce(rows, { about: 'destination', id: destinationId });
  });
}
