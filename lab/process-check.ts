import { readFileSync } from 'node:fs';
import { pause } from '#server/base/abort.ts';

/** What a process id that we wrote down earlier means now; ids are used again, so the number alone proves nothing. */
export function isServerOf(pid: number, folder: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const zombie = stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
    return !zombie && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`);
  } catch {
    return false;
  }
}

/** Ends the server of `folder` if `pid` is it; after `graceMs` it is killed. Returns whether there was one. */
export async function endServerOf(
  pid: number,
  folder: string,
  signal: NodeJS.Signals,
  graceMs = 30_000,
): Promise<boolean> {
  if (!isServerOf(pid, folder)) return false;
  process.kill(pid, signal);
  const deadline = performance.now() + graceMs;
  while (isServerOf(pid, folder)) {
    if (performance.now() > deadline) process.kill(pid, 'SIGKILL');
    await pause(20);
  }
  return true;
}
