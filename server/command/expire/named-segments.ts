import { asTidemarkError } from '#server/base/error.ts';
import { segmentPrefix, tablesPrefix } from '#server/manifest/keys.ts';
import { readManifest } from '#server/manifest/read.ts';
import type { Storage } from '#server/storage/contract.ts';

const unreadable: ReadonlySet<string> = new Set([
  'destination/object-damaged',
  'destination/newer-format',
  'destination/unreadable',
]);

/**
 * The segments a published backup names. Where its manifest cannot be read, all segments of the attempts whose table
 * files lie there: never fewer than it names. Errors: `backup/not-found`, those of the destination.
 */
export async function namedSegments(storage: Storage, backupId: string): Promise<string[]> {
  try {
    const { manifest } = await readManifest(storage, backupId);
    return manifest.segments.map(({ key }) => key);
  } catch (thrown) {
    const error = asTidemarkError(thrown);
    if (!unreadable.has(error.code)) throw error;
    return segmentsOfAttempts(storage, backupId);
  }
}

async function segmentsOfAttempts(storage: Storage, backupId: string): Promise<string[]> {
  const tableFiles = tablesPrefix(backupId);
  const attempts = new Set<string>();
  for await (const { key } of storage.list(tableFiles)) {
    attempts.add(key.slice(tableFiles.length).replace(/-[^-]*$/, ''));
  }
  const segments: string[] = [];
  for (const attempt of attempts) {
    for await (const { key } of storage.list(segmentPrefix(attempt))) segments.push(key);
  }
  return segments;
}
