import { throwIfStopped } from '#server/base/abort.ts';
import type { TidemarkError } from '#server/base/error.ts';
import { forgetOthers } from '#server/catalog/forget-backup.ts';
import { recordBackup } from '#server/catalog/record-backup.ts';
import { holdJob } from '#server/job/held.ts';
import { openDestination } from './connect.ts';
import type { Runner } from './runner.ts';

/**
 * Reads the catalog anew from a destination. Every backup found is entered in a transaction of its own, fenced like any
 * other write; those the destination no longer holds are forgotten when the job ends.
 */
export const runReindex: Runner<'reindex'> = async (world, attempt, { destinationId }) => {
  const { readRepository } = await import('#server/command/reindex/reindex.ts');
  const { storage } = await openDestination(world.db, destinationId);
  try {
    const found: string[] = [];
    const damaged: string[] = [];
    const onDamaged = (backupId: string, error: TidemarkError) => {
      damaged.push(backupId);
      attempt.event('bad', `backup ${backupId} cannot be read: ${error.message}`);
    };
    for await (const { manifest, manifestSha256 } of readRepository(storage, { onDamaged })) {
      throwIfStopped(attempt.cancellation.stop);
      await world.db.$transaction(async (rows) => {
        await holdJob(rows, attempt);
        await recordBackup(rows, { manifest, manifestSha256, destinationId, jobId: null });
      });
      found.push(manifest.id);
    }
    return {
      state: damaged.length > 0 ? 'partly' : 'succeeded',
      result: { backups: found.length, damaged },
      summary: `${found.length} backups found, ${damaged.length} damaged`,
      // A damaged one is still there, and what the catalog has of it may be all there is.
      commit: async (rows) => {
        await forgetOthers(rows, destinationId, [...found, ...damaged], world.clock.now());
      },
    };
  } finally {
    await storage.close();
  }
};
