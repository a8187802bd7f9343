import { createHash } from 'node:crypto';
import type { Manifest } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';

/** What is wrong with a stored segment, in words; null when every byte is the one that was written. */
export async function segmentProblem(
  storage: Storage,
  segment: Manifest['segments'][number],
  signal: AbortSignal,
): Promise<string | null> {
  const found = await storage.stat(segment.key);
  if (!found) return 'it is missing';
  if (found.bytes !== segment.bytes) return `it has ${found.bytes} bytes, not ${segment.bytes}`;
  const hash = createHash('sha256');
  for await (const piece of storage.read(segment.key, undefined, { signal })) hash.update(piece);
  return hash.digest('hex') === segment.sha256 ? null : 'its SHA-256 is not the one the manifest holds';
}
