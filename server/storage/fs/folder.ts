import { mkdir, open, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A name is durable only when the folder that holds it is synced too. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const waitingSyncs = new Map<string, Promise<void>>();
const runningSyncs = new Map<string, Promise<void>>();

/**
 * The same for many who put a name into one folder at about the same time: each waits for a sync that began after it
 * asked, and those who ask while one is running share the next.
 */
export function syncFolderTogether(folder: string): Promise<void> {
  const waiting = waitingSyncs.get(folder);
  if (waiting) return waiting;
  const next: Promise<void> = (runningSyncs.get(folder) ?? Promise.resolve())
    .catch(() => {})
    .then(() => {
      waitingSyncs.delete(folder);
      runningSyncs.set(folder, next);
      return syncFolder(folder).finally(() => {
        if (runningSyncs.get(folder) === next) runningSyncs.delete(folder);
      });
    });
  waitingSyncs.set(folder, next);
  return next;
}

/** Makes a folder and what is missing above it, durably. */
export async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: 0o750 });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

/** Removes folders that became empty, from `folder` up to and without `root`. */
export async function pruneFolders(folder: string, root: string): Promise<void> {
  for (let empty = folder; empty.length > root.length; empty = dirname(empty)) {
    try {
      await rmdir(empty);
    } catch {
      return;
    }
  }
}
