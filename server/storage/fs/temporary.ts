import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';

/** Half-written objects lie here, on the same file system as the finished ones so that `link` can publish them. */
export const temporaryFolder = (root: string) => join(root, '.tmp');
export const temporaryPath = (root: string) => join(temporaryFolder(root), `${ulid().toLowerCase()}.part`);

/** Longer than any pause of a live writer between two pieces: shorter would unlink under a slow one. */
const staleAfterMs = 24 * 3_600_000;

/** Removes what crashed writers left: temporaries that nobody has written to for a day. */
export async function removeStaleTemporaries(root: string, now: number): Promise<void> {
  const folder = temporaryFolder(root);
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    try {
      if (now - (await stat(path)).mtimeMs > staleAfterMs) await unlink(path);
    } catch {
      // Somebody else removed it, or may and will.
    }
  }
}
