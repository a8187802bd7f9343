import { chmodSync, mkdtempSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';
import { formatSize } from '#server/base/units.ts';

/** The server's own files and logs, the console with its database. */
const fixedBytes = 1.5 * 1024 ** 3;
/** Three times a file of its own with two indexes. */
const smallTableBytes = 512 * 1024;
/** The table, its two copies and their indexes, the binary log of one restore, a dump, and sorting. */
const copies = 7;

/**
 * A new folder for everything of one benchmark, under TIDEMARK_SCRATCH or the temp folder. Both sides write there, so
 * both write to the same file system. Errors: `destination/full` naming what is needed and what is there.
 */
export function makeWorkFolder(
  { sizeBytes, tables }: { sizeBytes: number; tables: number },
  parent = process.env.TIDEMARK_SCRATCH || tmpdir(),
): string {
  const { bavail, bsize } = statfsSync(parent);
  const free = bavail * bsize;
  const needed = sizeBytes * copies + tables * smallTableBytes + fixedBytes;
  if (free < needed) {
    throw new TidemarkError(
      'destination/full',
      `${resolve(parent)} has ${formatSize(free)} free, and this benchmark needs ${formatSize(needed)}`,
      { hint: 'Free space, set TIDEMARK_SCRATCH to a folder with more, or choose a smaller --size.' },
    );
  }
  const folder = mkdtempSync(join(resolve(parent), 'tidemark-bench-'));
  // The database server runs as another user and has to pass through; what lies here is private by itself.
  chmodSync(folder, 0o711);
  return folder;
}
