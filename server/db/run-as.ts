import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

/**
 * As whom PostgreSQL runs, which refuses to be root. `self`: we are not root. `namespace`: we are, and in a user namespace
 * the server sees itself as nobody while outside it still is us, so that it reaches a folder nobody else may enter.
 * `user`: where namespaces are blocked, as a system user that owns its folder.
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'namespace' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number };

const unshare = ['/usr/bin/unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];

/**
 * Chosen once for a folder and written beside the data: files of one way are not readable in another. Errors:
 * `config/invalid` naming the folder that the server's user cannot enter.
 */
export function chooseRunAs(folder: string, mustReach: readonly string[]): RunAs {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  const record = join(folder, 'run-as.json');
  if (existsSync(record)) return JSON.parse(readFileSync(record, 'utf8')) as RunAs;
  const chosen: RunAs = namespacesWork() ? { kind: 'namespace' } : systemUser();
  if (chosen.kind === 'user') {
    // The data folder may be passed through then, and still not be looked into.
    chmodSync(dirname(folder), 0o711);
    for (const path of [folder, ...mustReach]) refuseClosedParents(path);
    chownSync(folder, chosen.uid, chosen.gid);
  }
  writeFileSync(record, JSON.stringify(chosen), { mode: 0o600 });
  return chosen;
}

/** Command line and identity for `spawn`; the process id stays the one that is spawned. */
export function commandAs(runAs: RunAs, command: readonly string[]) {
  const line = runAs.kind === 'namespace' ? [...unshare, ...command] : [...command];
  const identity = runAs.kind === 'user' ? { uid: runAs.uid, gid: runAs.gid } : {};
  return { program: line[0]!, args: line.slice(1), identity };
}

function namespacesWork(): boolean {
  try {
    execFileSync(unshare[0]!, [...unshare.slice(1), '/bin/true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function systemUser(): RunAs {
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
      return { kind: 'user', uid: id('-u'), gid: id('-g') };
    } catch {
      // not here; the next one
    }
  }
  throw new TidemarkError('config/invalid', 'PostgreSQL cannot run as root, and neither postgres nor nobody exists', {
    hint: 'Start as a user that is not root, or set DATABASE_URL.',
  });
}

function refuseClosedParents(path: string): void {
  for (let parent = dirname(path); ; parent = dirname(parent)) {
    if ((statSync(parent).mode & 0o001) === 0) {
      throw new TidemarkError(
        'config/invalid',
        `${parent} may be entered by root only, so PostgreSQL cannot reach ${path}`,
        {
          hint: 'Set TIDEMARK_DATA to a folder below ones that everybody may enter, start as a user that is not root, or set DATABASE_URL.',
        },
      );
    }
    if (parent === dirname(parent)) return;
  }
}
