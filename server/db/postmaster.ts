import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '#server/base/abort.ts';

export type ProcessState = 'ours' | 'other' | 'zombie' | 'gone';

/**
 * What became of a process that a file names: its number may belong to somebody else by now, and a killed one may linger
 * as a zombie. Where there is no /proc, a process of that number is taken for ours.
 */
export function processState(pid: number, cluster: string): ProcessState {
  if (process.platform === 'linux') {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (stat[stat.lastIndexOf(')') + 2] === 'Z') return 'zombie';
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(cluster) ? 'ours' : 'other';
    } catch {
      return 'gone';
    }
  }
  try {
    process.kill(pid, 0);
    return 'ours';
  } catch {
    return 'gone';
  }
}

/** The server that runs on this data directory now, or null. One that was just killed is waited for. */
export async function findPostmaster(cluster: string): Promise<number | null> {
  const file = join(cluster, 'postmaster.pid');
  const deadline = performance.now() + 10_000;
  while (existsSync(file) && performance.now() < deadline) {
    const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
    const state = processState(pid, cluster);
    if (state === 'ours') return pid;
    // A zombie of its own group still counts for PostgreSQL's own check; it goes as soon as its parent looks.
    if (state !== 'zombie') return null;
    await pause(50);
  }
  return null;
}
