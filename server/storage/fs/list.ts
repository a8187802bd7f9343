import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbsence, readFault } from './fault.ts';

/** One after the other, a folder of many thousands takes a second and more. */
const sizesAtOnce = 256;

/**
 * Keys under a prefix. Names that begin with a dot are never ours to show: temporaries, and what a file system or a
 * mount keeps for itself. `lost+found` belongs to the file system and cannot be read.
 */
export async function* listFiles(root: string, prefix: string): AsyncGenerator<{ key: string; bytes: number }> {
  const cut = prefix.lastIndexOf('/') + 1;
  yield* walk(root, prefix.slice(0, cut), prefix.slice(cut));
}

async function* walk(root: string, folder: string, begin: string): AsyncGenerator<{ key: string; bytes: number }> {
  const folders: string[] = [];
  let keys: string[] = [];
  for await (const entry of entries(root, folder)) {
    if (entry.name.startsWith('.') || !entry.name.startsWith(begin)) continue;
    const key = folder + entry.name;
    if (entry.isDirectory()) {
      if (key !== 'lost+found') folders.push(key);
      continue;
    }
    keys.push(key);
    if (keys.length < sizesAtOnce) continue;
    yield* await withSizes(root, keys);
    keys = [];
  }
  yield* await withSizes(root, keys);
  for (const one of folders) yield* walk(root, `${one}/`, '');
}

async function withSizes(root: string, keys: readonly string[]): Promise<{ key: string; bytes: number }[]> {
  const sizes = await Promise.all(keys.map((key) => sizeOf(join(root, key))));
  return keys.flatMap((key, index) => (sizes[index] == null ? [] : [{ key, bytes: sizes[index] }]));
}

async function* entries(root: string, folder: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(join(root, folder), { bufferSize: 256 });
  } catch (error) {
    // Removed while we walked, or never there: no keys.
    if (!isAbsence(error)) throw readFault(error, `list ${folder || 'the destination'}`);
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    const stats = await lstat(path);
    return stats.isFile() ? stats.size : null;
  } catch (error) {
    if (isAbsence(error)) return null;
    throw readFault(error, 'list the destination');
  }
}
