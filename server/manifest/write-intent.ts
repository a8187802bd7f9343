import type { z } from 'zod';
import { hasCode } from '#server/base/error.ts';
import type { Storage } from '#server/storage/contract.ts';
import { intentKey } from './keys.ts';
import { intent as schema } from './schema.ts';
import { storeObject } from './store.ts';

export type Intent = z.infer<typeof schema>;

/**
 * Says that a backup is being written, so that expiry leaves its segments alone. A later attempt of the same backup
 * finds the first one's and keeps it: the earlier `startedAt` protects more.
 */
export async function writeIntent(storage: Storage, intent: Intent): Promise<void> {
  try {
    await storeObject(storage, intentKey(intent.id), intent, schema);
  } catch (error) {
    if (!hasCode(error, 'destination/object-exists')) throw error;
  }
}
