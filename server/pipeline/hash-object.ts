import type { Storage } from '#server/storage/contract.ts';
import { through } from './filter.ts';
import { hashFilter } from './hash.ts';
import { sizeFilter } from './size.ts';

/** Reads a whole stored object once: its size in bytes and its SHA-256 in hex. Errors: those of `Storage.read`. */
export async function hashObject(
  storage: Storage,
  key: string,
  options: { signal?: AbortSignal } = {},
): Promise<{ bytes: number; sha256: string }> {
  const size = sizeFilter();
  const hash = hashFilter();
  for await (const _ of through(storage.read(key, undefined, options), [size, hash]));
  return { bytes: size.result(), sha256: hash.result() };
}
