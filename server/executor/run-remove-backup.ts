import { forgetBackup } from '#server/catalog/forget-backup.ts';
import { openDestination } from './connect.ts';
import type { Runner } from './runner.ts';

export const runRemoveBackup: Runner<'remove-backup'> = async (world, attempt, { backupId, destinationId }) => {
  const { removeBackup } = await import('#server/command/expire/remove-backup.ts');
  const { storage } = await openDestination(world.db, destinationId);
  try {
    await removeBackup(attempt, { backupId, storage });
    return {
      state: 'succeeded',
      result: { backupId },
      summary: `backup ${backupId} removed`,
      commit: (rows) => forgetBackup(rows, backupId, world.clock.now()),
    };
  } finally {
    await storage.close();
  }
};
