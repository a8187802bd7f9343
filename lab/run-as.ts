import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, resolve } from 'node:path';
import { TidemarkError } from '#server/base/error.ts';

/**
 * As whom a database server runs, because none of them runs as root. `self`: we are not root. `user`: as a system user
 * that owns the folder. `namespace`: we are root and the folder lies below one that nobody else may enter (a clone in
 * /root, a private temp folder): the server sees itself as `nobody` in a user namespace and outside still is us.
 * The owner of an existing data folder is the record of what was chosen, so a folder never changes its way.
 */
export type RunAs =
  | { readonly kind: 'self' }
  | { readonly kind: 'user'; readonly uid: number; readonly gid: number }
  | { readonly kind: 'namespace' };

/**
 * `folder` exists; `dataFolder` may not yet. Where namespaces are forbidden (many containers), our own private folders
 * below the temp folder are opened for passing through. Errors: `input/invalid` naming the folder that cannot be entered.
 */
export function chooseRunAs(
  folder: string,
  dataFolder: string,
  users: readonly string[],
  canNamespace: () => boolean = namespacesWork,
): RunAs {
  if (process.getuid?.() !== 0) return { kind: 'self' };
  if (existsSync(dataFolder)) {
    const { uid, gid } = statSync(dataFolder);
    return uid === 0 ? { kind: 'namespace' } : { kind: 'user', uid, gid };
  }
  const closed = closedParents(folder);
  const user = users.map(findUser).find((found) => found !== undefined);
  if (closed.length === 0 && user !== undefined) return { kind: 'user', ...user };
  if (canNamespace()) return { kind: 'namespace' };
  const stuck = closed.find((path) => !isOwnTemporary(path));
  if (stuck === undefined && user !== undefined) {
    for (const path of closed) chmodSync(path, (statSync(path).mode & 0o777) | 0o001);
    return { kind: 'user', ...user };
  }
  const why = user === undefined ? `none of the users ${users.join(', ')} exists` : `only root may enter ${stuck}`;
  throw new TidemarkError('input/invalid', `no database server can run in ${folder}: ${why}`, {
    hint: 'Use a folder that other users may enter, or run this as a user that is not root.',
  });
}

/** Makes `folder` the server's own, where it runs as another user. */
export function giveFolder(folder: string, runAs: RunAs): void {
  if (runAs.kind === 'user') chownSync(folder, runAs.uid, runAs.gid);
}

/**
 * The command line that runs `program` that way, together with `identityOf(runAs)` in the options of spawn. With
 * `dieWith`, the kernel sends that signal to the server when our process ends, however it ends. The process id stays the
 * one we spawned: every step replaces itself by the next.
 */
export function commandAs(runAs: RunAs, command: readonly string[], dieWith?: 'TERM' | 'INT'): string[] {
  return [
    ...(runAs.kind === 'namespace' ? namespaceCommand : []),
    // Innermost, because a change of user clears it. Without setpriv (not a Debian) such a server has to be stopped.
    ...(dieWith !== undefined && existsSync(setprivPath) ? [setprivPath, '--pdeathsig', dieWith, '--'] : []),
    ...command,
  ];
}

export function identityOf(runAs: RunAs): { uid?: number; gid?: number } {
  return runAs.kind === 'user' ? { uid: runAs.uid, gid: runAs.gid } : {};
}

/** The name under which the server sees us at its socket (MariaDB's unix_socket authentication). */
export function peerName(runAs: RunAs): string {
  if (runAs.kind !== 'namespace') return userInfo().username;
  return execFileSync('id', ['-nu', '65534'], { encoding: 'utf8' }).trim();
}

const setprivPath = '/usr/bin/setpriv';
const namespaceCommand = ['/usr/bin/unshare', '--user', '--map-user=65534', '--map-group=65534', '--'];
let namespacesWorked: boolean | undefined;

function namespacesWork(): boolean {
  if (namespacesWorked === undefined) {
    try {
      execFileSync(namespaceCommand[0]!, [...namespaceCommand.slice(1), '/bin/true'], { stdio: 'ignore' });
      namespacesWorked = true;
    } catch {
      namespacesWorked = false;
    }
  }
  return namespacesWorked;
}

/** The folders above `folder` that other users may not pass through, nearest first. */
function closedParents(folder: string): string[] {
  const closed: string[] = [];
  for (let path = dirname(resolve(folder)); path !== dirname(path); path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) closed.push(path);
  }
  return closed;
}

function isOwnTemporary(path: string): boolean {
  return path.startsWith(`${tmpdir()}/`) && statSync(path).uid === process.getuid?.();
}

function findUser(name: string): { uid: number; gid: number } | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}
