import { execFile } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TidemarkError } from '#server/base/error.ts';
import { chooseRunAs, giveFolder, identityOf, type RunAs } from './run-as.ts';

const run = promisify(execFile);

/**
 * A fresh data folder in a tenth of a second: the first one of a server version is made by its own tool and kept
 * under the temp folder; every later one is a copy. Kept ones appear by rename, so a half-made one is never copied.
 * `make` fills the folder it is given, running as told.
 */
export async function copyTemplate(options: {
  name: string;
  version: string;
  target: string;
  runAs: RunAs;
  users: readonly string[];
  make: MakeFolder;
}): Promise<void> {
  const cache = ownCacheFolder(options.version);
  const template = join(cache, options.name);
  if (!existsSync(template)) await makeTemplate(cache, template, options.users, options.make);
  await run('cp', ['-a', '--reflink=auto', template, options.target]);
  chmodSync(options.target, 0o700);
  if (process.getuid?.() !== 0) return;
  const { uid = 0, gid = 0 } = identityOf(options.runAs);
  await run('chown', ['-R', `${uid}:${gid}`, options.target]);
}

type MakeFolder = (folder: string, runAs: RunAs) => Promise<void>;

async function makeTemplate(cache: string, template: string, users: readonly string[], make: MakeFolder) {
  const scratch = mkdtempSync(join(cache, '.making-'));
  try {
    chmodSync(scratch, 0o711);
    const fresh = join(scratch, 'data');
    const runAs = chooseRunAs(fresh, fresh, users);
    mkdirSync(fresh, { mode: 0o700 });
    giveFolder(fresh, runAs);
    await make(fresh, runAs);
    renameSync(fresh, template);
  } catch (error) {
    // Another process finished the same template first: theirs is as good.
    if (!existsSync(template)) throw error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The temp folder is everybody's: a cache somebody else laid out for us is refused. */
function ownCacheFolder(version: string): string {
  const uid = process.getuid?.() ?? 0;
  const path = join(tmpdir(), `tidemark-lab-cache-${version}-${uid}`);
  // Others may pass through, as the server's user has to, and not look around.
  mkdirSync(path, { recursive: true, mode: 0o711 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== uid || (found.mode & 0o022) !== 0) {
    throw new TidemarkError('input/invalid', `${path} is not our own folder`, { hint: 'Remove it and try again.' });
  }
  return path;
}
