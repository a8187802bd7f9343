import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { pause } from '#server/base/abort.ts';

/**
 * One installer at a time on this machine: two would take each other's replacements for the originals. The lock file
 * holds the owner's process id; a lock whose owner is gone is taken over. Waits up to `timeoutMs`.
 */
export async function withPackageLock<T>(work: () => Promise<T>, options: { path?: string; timeoutMs?: number } = {}) {
  const path = options.path ?? '/run/tidemark-packages.lock';
  const deadline = performance.now() + (options.timeoutMs ?? 900_000);
  while (!tryLock(path)) {
    if (performance.now() > deadline) throw new Error(`another installer still holds ${path}`);
    await pause(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    if (!ownerAlive(path)) rmSync(path, { force: true });
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function ownerAlive(path: string): boolean {
  try {
    return existsSync(`/proc/${Number(readFileSync(path, 'utf8'))}`);
  } catch {
    return false;
  }
}
