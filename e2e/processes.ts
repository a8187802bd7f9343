import { readdirSync, readFileSync } from 'node:fs';

/** The process of the console (what answers the browser) or of the executor, as the launcher runs it just now. */
export function processOf(launcherPid: number, what: 'console' | 'executor'): number {
  // Next gives its process another name.
  const program = what === 'console' ? /next-server/ : /server\/main\.ts/;
  const found = readdirSync('/proc')
    .map(Number)
    .find((pid) => {
      if (!Number.isInteger(pid)) return false;
      try {
        return parentOf(pid) === launcherPid && program.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
      } catch {
        return false; // gone while we looked
      }
    });
  if (found === undefined) throw new Error(`the launcher runs no ${what} just now`);
  return found;
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}
