import { randomBytes } from 'node:crypto';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { Storage, StorageFeatures } from './contract.ts';

/** Objects of a probe; they never count as the content of a destination. */
export const probePrefix = 'probe/';

/**
 * Tries what a destination really does, by writing, reading, listing and removing one small object. Never trusts what
 * the driver declares. Errors: those of `write` and of reading back what was just written.
 */
export async function probeStorage(storage: Storage): Promise<StorageFeatures & { freeBytes: number | null }> {
  const key = `${probePrefix}${randomBytes(12).toString('hex')}`;
  const body = randomBytes(4096);
  await storage.write(key, body);
  try {
    const back = await storage.readAll(key);
    if (!back.equals(body)) {
      throw new TidemarkError('destination/object-damaged', `object ${key} came back different from what was written`, {
        context: { key },
      });
    }
    return {
      noReplace: await refusesToReplace(storage, key, body),
      rangeRead: await readsRanges(storage, key, body),
      list: await lists(storage, key),
      remove: await removes(storage, key),
      freeBytes: await storage.freeBytes(),
    };
  } finally {
    await storage.remove(key).catch(() => {});
  }
}

async function refusesToReplace(storage: Storage, key: string, body: Buffer): Promise<boolean> {
  try {
    await storage.write(key, randomBytes(16));
    return false;
  } catch (error) {
    if (!hasCode(error, 'destination/object-exists')) throw error;
    return (await storage.readAll(key)).equals(body);
  }
}

async function readsRanges(storage: Storage, key: string, body: Buffer): Promise<boolean> {
  try {
    const pieces: Buffer[] = [];
    for await (const piece of storage.read(key, { offset: 1000, length: 2000 })) pieces.push(piece);
    return Buffer.concat(pieces).equals(body.subarray(1000, 3000));
  } catch {
    return false;
  }
}

async function lists(storage: Storage, key: string): Promise<boolean> {
  try {
    for await (const found of storage.list(probePrefix)) if (found.key === key) return true;
  } catch {
    // A destination that cannot list is a feature that is missing, not a failure of the probe.
  }
  return false;
}

async function removes(storage: Storage, key: string): Promise<boolean> {
  try {
    await storage.remove(key);
    return (await storage.stat(key)) === null;
  } catch {
    return false;
  }
}
