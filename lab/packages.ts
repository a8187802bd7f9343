import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { withPackageLock } from './package-lock.ts';
import { missingPackage, missingPackages, type PackageName } from './programs.ts';
import { holdQuietInstall } from './quiet-install.ts';

export type { PackageName } from './programs.ts';

/**
 * Installs what is missing of `names`, each printed to stderr first; returns what was installed. Promises: no server is
 * started, stopped or restarted, no package is removed, and the two files that keep it quiet are put back, also when
 * apt-get fails or we are interrupted. Errors: `package/missing` (one line, names the package) without root or apt-get,
 * or when the files are still not there afterwards.
 */
export async function ensurePackages(names: readonly PackageName[]): Promise<PackageName[]> {
  if (missingPackages(names).length === 0) return [];
  const asked = missingPackages(names);
  if (process.getuid?.() !== 0) throw missingPackage(asked, 'this user may not install it');
  if (!existsSync('/usr/bin/apt-get')) throw missingPackage(asked, 'there is no apt-get on this machine');
  return withPackageLock(async () => {
    const missing = missingPackages(names); // another installer may have brought it while we waited
    if (missing.length === 0) return [];
    for (const name of missing) process.stderr.write(`installing package ${name}\n`);
    await installQuietly(missing);
    const still = missingPackages(names);
    if (still.length > 0) throw missingPackage(still, 'apt-get ended without bringing its files');
    return missing;
  });
}

async function installQuietly(names: readonly PackageName[]): Promise<void> {
  const quiet = holdQuietInstall();
  try {
    if (!hasPackageLists()) await aptGet(['update'], names);
    // --no-remove: a MySQL that stands in the way of MariaDB must stop us, not be uninstalled.
    await aptGet(
      ['install', '-y', '--no-install-recommends', '--no-remove', '-o', 'Dpkg::Options::=--force-confold', ...names],
      names,
    );
  } finally {
    quiet.release();
  }
}

function hasPackageLists(folder = '/var/lib/apt/lists'): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => /_Packages(\.|$)/.test(name));
}

/** Runs apt-get to its end; SIGINT and SIGTERM reach it first, and only then end us (after the files are put back). */
async function aptGet(args: readonly string[], names: readonly PackageName[]): Promise<void> {
  const child = spawn('/usr/bin/apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=600', ...args], {
    // needrestart would restart servers that use an updated library.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', NEEDRESTART_SUSPEND: '1', LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tail = '';
  const keep = (bytes: Buffer) => {
    tail = (tail + bytes.toString()).slice(-2_000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  let interrupted: NodeJS.Signals | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = signal;
    child.kill(signal);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    if (interrupted !== undefined) throw missingPackage(names, `installing it was interrupted by ${interrupted}`);
    if (code !== 0) throw missingPackage(names, `apt-get ended with ${code}: ${lastLine(tail)}`);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function lastLine(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.findLast((line) => line.startsWith('E:')) ?? lines.at(-1) ?? 'no output';
}
