import { recordVerify } from '#server/catalog/record-verify.ts';
import { openDestination } from './connect.ts';
import type { Outcome, Runner } from './runner.ts';

/** A damaged backup fails the job, and the catalog says so from then on. */
export const runVerify: Runner<'verify'> = async (world, attempt, { backupId, destinationId }) => {
  const { verify } = await import('#server/command/verify/verify.ts');
  const { storage } = await openDestination(world.db, destinationId);
  try {
    const result = await verify(attempt, { backupId, storage });
    const commit: Outcome['commit'] = (rows) => recordVerify(rows, backupId, result, world.clock.now());
    const [first] = result.damaged;
    if (!first) return { state: 'succeeded', result, commit, summary: `${result.objects} objects re-read, all sound` };
    return {
      state: 'failed',
      result,
      commit,
      error: {
        code: 'destination/object-damaged',
        message: `${result.damaged.length} objects of backup ${backupId} are damaged, first ${first.key}: ${first.problem}`,
        hint: 'Use another backup and check the storage.',
        context: {
          damaged: result.damaged.length,
          tables: [...new Set(result.damaged.flatMap(({ tables }) => tables))],
        },
      },
    };
  } finally {
    await storage.close();
  }
};
