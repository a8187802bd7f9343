import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';
import { giveFolder, type RunAs } from './run-as.ts';

/** The kernel takes 107 bytes of socket path; the longest file name we put in is `.s.PGSQL.65535.lock`. */
const longestFolder = 107 - 1 - '.s.PGSQL.65535.lock'.length;

/**
 * Where a server of `folder` has its socket: `folder` itself, or, where that path is too long for the kernel, a private
 * folder of its own (same name every time) under the temp folder.
 */
export function socketFolder(folder: string, runAs: RunAs): string {
  if (Buffer.byteLength(folder) <= longestFolder) return folder;
  const path = join(tmpdir(), `tidemark-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const allowed = [process.getuid?.() ?? 0, ...(runAs.kind === 'user' ? [runAs.uid] : [])];
  const found = lstatSync(path);
  if (!found.isDirectory() || !allowed.includes(found.uid)) {
    throw new TidemarkError('input/invalid', `${path} is not our own folder`, { hint: 'Remove it and try again.' });
  }
  giveFolder(path, runAs);
  return path;
}
