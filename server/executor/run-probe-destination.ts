import { toFailure } from '#server/base/error.ts';
import { storeProbe } from '#server/destination/store-probe.ts';
import { openRepository } from '#server/manifest/repository.ts';
import { probeStorage } from '#server/storage/probe.ts';
import { openDestination } from './connect.ts';
import type { Runner } from './runner.ts';

/** What a destination really does, found by doing it; a place that is no repository yet becomes one. */
export const runProbeDestination: Runner<'probe-destination'> = async (world, attempt, { destinationId }) => {
  try {
    const { storage } = await openDestination(world.db, destinationId);
    try {
      const repository = await openRepository(storage, attempt.clock);
      const features = { ...(await probeStorage(storage)), repositoryId: repository.id };
      return {
        state: 'succeeded',
        result: features,
        commit: (rows) => storeProbe(rows, destinationId, { features }),
      };
    } finally {
      await storage.close();
    }
  } catch (error) {
    const failure = toFailure(error);
    return { state: 'failed', error: failure, commit: (rows) => storeProbe(rows, destinationId, { error: failure }) };
  }
};
