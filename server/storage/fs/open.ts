import { lstat, statfs, unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';
import type { Storage } from '../contract.ts';
import { checkKey, checkPrefix } from '../key.ts';
import { readWhole } from '../read-whole.ts';
import { isAbsence, readFault, writeFault } from './fault.ts';
import { makeFolder, pruneFolders } from './folder.ts';
import { listFiles } from './list.ts';
import { readFile } from './read.ts';
import { removeStaleTemporaries } from './temporary.ts';
import { writeFile } from './write.ts';

const features = { noReplace: true, rangeRead: true, list: true, remove: true } as const;

/**
 * A folder as a destination (local, NFS): made when absent. `path` is absolute. Errors: `destination/unwritable` when
 * it cannot be made, is no folder or lies under /proc, /sys or /dev, `input/invalid` for a relative path.
 */
export async function openFsStorage(options: { path: string }): Promise<Storage> {
  if (!isAbsolute(options.path) || options.path.includes('\0')) {
    throw new TidemarkError('input/invalid', `"${options.path}" is not an absolute path`, {
      hint: 'Give the whole path, such as /srv/backups.',
    });
  }
  const root = normalize(`${options.path}/`).replace(/(?<=.)\/$/, '');
  // There, making folders asks the kernel for things, and may never come back.
  if (/^\/(proc|sys|dev)(\/|$)/.test(root) && !/^\/dev\/shm\/./.test(root)) {
    throw new TidemarkError('destination/unwritable', `open ${root}: the kernel's own folders keep no files`, {
      hint: 'Give a folder on a disk, such as /srv/backups.',
    });
  }
  try {
    await makeFolder(root);
  } catch (error) {
    throw writeFault(error, `open ${root}`);
  }
  await removeStaleTemporaries(root, Date.now());
  return fsStorage(root);
}

const fsStorage = (root: string): Storage => ({
  features,
  async write(key, body, { signal } = {}) {
    checkKey(key);
    return writeFile(root, key, body, signal);
  },
  async *read(key, range, { signal } = {}) {
    checkKey(key);
    yield* readFile(root, key, range, signal);
  },
  async readAll(key, { signal, maxBytes } = {}) {
    checkKey(key);
    return readWhole(key, readFile(root, key, undefined, signal), maxBytes);
  },
  async stat(key) {
    checkKey(key);
    try {
      const stats = await lstat(join(root, key));
      return stats.isFile() ? { bytes: stats.size, modifiedAt: stats.mtime } : null;
    } catch (error) {
      if (isAbsence(error)) return null;
      throw readFault(error, `stat ${key}`);
    }
  },
  async *list(prefix) {
    checkPrefix(prefix);
    yield* listFiles(root, prefix);
  },
  async remove(key) {
    checkKey(key);
    const path = join(root, key);
    try {
      await unlink(path);
    } catch (error) {
      if (!isAbsence(error)) throw writeFault(error, `remove ${key}`);
    }
    await pruneFolders(dirname(path), root);
  },
  async freeBytes() {
    try {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    } catch {
      return null;
    }
  },
  async close() {},
});
