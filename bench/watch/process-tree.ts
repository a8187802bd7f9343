import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What the kernel says of processes. One that has ended counts as nothing. */

const ticksPerSecond = 100; // the same on every Linux, whatever its own clock does

interface Times {
  readonly parent: number;
  readonly ticks: number;
  /** Those of children that have ended and were waited for. */
  readonly childTicks: number;
}

/** The process ids of `roots` and everything they started that is still there. */
export function treeOf(roots: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    const times = Number.isInteger(pid) ? timesOf(pid) : null;
    if (times) children.set(times.parent, [...(children.get(times.parent) ?? []), pid]);
  }
  const found = new Set<number>();
  const take = (pid: number) => {
    if (found.has(pid)) return;
    found.add(pid);
    for (const child of children.get(pid) ?? []) take(child);
  };
  for (const root of roots) take(root);
  return [...found];
}

/** CPU seconds of one process, all its threads, without its children. */
export const cpuSecondsOf = (pid: number): number => (timesOf(pid)?.ticks ?? 0) / ticksPerSecond;

/** CPU seconds of a process and all it started, those that have ended included. */
export function treeCpuSeconds(root: number): number {
  const times = treeOf([root]).map(timesOf);
  return times.reduce((sum, one) => sum + (one ? one.ticks + one.childTicks : 0), 0) / ticksPerSecond;
}

/** CPU seconds of all children of this very process that have ended. */
export const endedChildrenCpuSeconds = (): number => (timesOf(process.pid)?.childTicks ?? 0) / ticksPerSecond;

export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');
/** Since its start, or since `forgetPeak`. */
export const peakResidentBytes = (pid: number): number => statusBytes(pid, 'VmHWM');

/** Lets the kernel count the peak of a process anew from what it has now. */
export const forgetPeak = (pid: number): void => writeFileSync(`/proc/${pid}/clear_refs`, '5');

export function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function statusBytes(pid: number, name: string): number {
  const line = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(read(`/proc/${pid}/status`));
  return Number(line?.[1] ?? 0) * 1024;
}

function timesOf(pid: number): Times | null {
  const stat = read(`/proc/${pid}/stat`);
  // The name comes in parentheses and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields.length < 15) return null;
  const at = (field: number) => Number(fields[field - 3]);
  return { parent: at(4), ticks: at(14) + at(15), childTicks: at(16) + at(17) };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
