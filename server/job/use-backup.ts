import { TidemarkError } from '#server/base/error.ts';
import type { Rows } from '#server/db/client.ts';

/**
 * Says that a job which is made in this transaction will read, or remove, a backup. The lock on the backup's row puts such
 * transactions in an order: none reads what another has just decided to remove. Errors: `backup/not-found`;
 * `conflict/in-use` with `{jobId, jobNumber}` of a job that removes it, or, for a removal, of any job that has not ended.
 */
export async function useBackup(rows: Rows, use: { backupId: string; to: 'read' | 'remove' }): Promise<void> {
  const { backupId, to } = use;
  const [backup] = await rows.$queryRaw<{ gone: boolean }[]>`
    SELECT removed_at IS NOT NULL AS gone FROM backup WHERE id = ${backupId} FOR UPDATE`;
  if (!backup || backup.gone) throw new TidemarkError('backup/not-found', `there is no backup ${backupId}`);
  const other = await rows.job.findFirst({
    where: {
      backupId,
      state: { in: ['queued', 'running', 'cancelling'] },
      kind: to === 'read' ? 'remove-backup' : undefined,
    },
    select: { id: true, number: true, kind: true },
  });
  if (!other) return;
  const verb = other.kind === 'remove-backup' ? 'removes' : 'uses';
  throw new TidemarkError('conflict/in-use', `job #${other.number} (${other.kind}) ${verb} backup ${backupId}`, {
    context: { jobId: other.id, jobNumber: other.number },
  });
}
