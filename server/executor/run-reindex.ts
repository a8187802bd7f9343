import { throwIfStopped } from '#server/base/abort.ts';
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
    for await (const { manifest, manifestSha256 } of readRepository(storage)) {
      throwIfStopped(attempt.cancellation.stop);
      await world.db.$transaction(async (rows) => {
        await holdJob(rows, attempt);
        await recordBackup(rows, { manifest, manifestSha256, destinationId, jobId: null });
      });
      found.push(manifest.id);
    }
    return {
      state: 'succeeded',
      result: { backups: found.length },
      summary: `${found.length} backups found`,
      commit: async (rows) => {
        await forgetOthers(rows, destinationId, found, world.clock.now());
      },
    };
  } finally {
    await storage.close();
  }
};
