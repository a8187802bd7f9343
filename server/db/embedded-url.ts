import { createHash } from 'node:crypto';
import { chownSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';
import type { RunAs } from './run-as.ts';

/** The kernel takes 107 bytes of socket path. */
const longestSocketPath = 107;
const port = 5432;

/** How processes of this machine reach the embedded PostgreSQL of a data folder; the URL holds no secret. */
export function embeddedUrl(dataFolder: string): string {
  return `postgresql://tidemark@localhost:${port}/tidemark?host=${encodeURIComponent(socketPlace(dataFolder))}`;
}

/** Makes the folder of the socket. Errors: `config/invalid` when somebody else owns it. */
export function socketFolderOf(dataFolder: string, runAs: RunAs): string {
  const path = socketPlace(dataFolder);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  const owners = [process.getuid?.() ?? 0, ...(runAs.kind === 'user' ? [runAs.uid] : [])];
  if (!found.isDirectory() || !owners.includes(found.uid) || (found.mode & 0o077) !== 0) {
    throw new TidemarkError('config/invalid', `${path} is not a folder of our own`, {
      hint: 'Remove it and start again.',
    });
  }
  if (runAs.kind === 'user') chownSync(path, runAs.uid, runAs.gid);
  return path;
}

/** In the data folder, or, where that path is too long, a folder of its own under the temp folder, the same every time. */
function socketPlace(dataFolder: string): string {
  const inside = join(dataFolder, 'postgres', 'socket');
  if (Buffer.byteLength(join(inside, `.s.PGSQL.${port}.lock`)) <= longestSocketPath) return inside;
  return join(tmpdir(), `tidemark-${createHash('sha256').update(dataFolder).digest('hex').slice(0, 16)}`);
}
