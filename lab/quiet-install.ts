import { mkdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * While a quiet install is held, installing a package starts, stops and restarts no server and makes no PostgreSQL
 * cluster: policy-rc.d answers 101 ("forbidden") and create_main_cluster is false. Release puts both back exactly as
 * they were (the very same file, moved aside and back). A holder that was killed leaves the originals beside the
 * replacements; the next hold puts them back first.
 *
 * `root` is `/`, or a folder that stands for it in tests. Not for two holders at once: see package-lock.ts.
 */
export interface QuietInstall {
  release(): void;
}

const asideSuffix = '.tidemark-before';
const absentSuffix = '.tidemark-absent';

export function holdQuietInstall(root = '/'): QuietInstall {
  const policy = join(root, 'usr/sbin/policy-rc.d');
  const clusters = join(root, 'etc/postgresql-common/createcluster.conf');
  // Where postgresql-common is not installed yet its own file must not be pre-empted (ucf would then leave its default
  // out), so the setting goes into the folder which that default includes.
  const dropIn = join(root, 'etc/postgresql-common/createcluster.d/tidemark.conf');
  for (const path of [policy, clusters, dropIn]) putBack(path);

  const held: string[] = [];
  const release = () => {
    for (const path of held.splice(0).reverse()) putBack(path);
  };
  const replace = (path: string, content: string, mode: number) => {
    held.push(path);
    moveAside(path);
    writeFileSync(path, content, { mode, flag: 'wx' });
  };
  try {
    replace(policy, '#!/bin/sh\n# In place only while tidemark installs packages.\nexit 101\n', 0o755);
    const before = readIfThere(clusters);
    // The last line wins, so appending overrules an explicit "true" further up.
    const setting = 'create_main_cluster = false\n';
    if (before === undefined) replace(dropIn, setting, 0o644);
    else replace(clusters, `${before}\n${setting}`, 0o644);
  } catch (error) {
    release();
    throw error;
  }
  return { release };
}

/** After this `path` is free; what stood there, or that nothing did, is on disk beside it. */
function moveAside(path: string): void {
  try {
    renameSync(path, path + asideSuffix);
  } catch (error) {
    if (!isMissing(error)) throw error;
    // The topmost folder we had to make is noted, so that putting back removes it again.
    const firstMade = mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path + absentSuffix, firstMade ?? '', { flag: 'wx' });
  }
}

/** Undoes moveAside; does nothing when there is nothing to undo. */
function putBack(path: string): void {
  const firstMade = readIfThere(path + absentSuffix);
  if (firstMade !== undefined) {
    rmSync(path, { force: true });
    rmSync(path + absentSuffix);
    if (firstMade !== '') removeEmptyFolders(dirname(path), firstMade);
    return;
  }
  try {
    renameSync(path + asideSuffix, path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** From `folder` up to `top`, stopping at the first that an installed package has begun to use. */
function removeEmptyFolders(folder: string, top: string): void {
  try {
    rmdirSync(folder);
  } catch {
    return;
  }
  if (folder !== top) removeEmptyFolders(dirname(folder), top);
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
