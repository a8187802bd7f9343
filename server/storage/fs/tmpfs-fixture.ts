import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs `work` in a small file system of its own (`size=8m`), for tests of what happens when it is full. */
export async function onTmpfs(options: string, work: (path: string) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-full-'));
  runProgram('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  try {
    await work(path);
  } finally {
    runProgram('umount', [path]);
    await rm(path, { recursive: true });
  }
}

export function runProgram(program: string, args: string[]): void {
  const { status, stderr } = spawnSync(program, args);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** Only root may mount, and in a container not even root: tests skip themselves where this says no. */
export function mayMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const path = spawnSync('mktemp', ['-d']).stdout.toString().trim();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', path]).status === 0;
  if (mounted) spawnSync('umount', [path]);
  spawnSync('rmdir', [path]);
  return mounted;
}
