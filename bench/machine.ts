import { availableParallelism, loadavg, release, totalmem } from 'node:os';
import type { BenchDocument } from './document.ts';

/** Above this the figures are those of a machine that does other things too. */
const quietLoad = 0.5;

export function describeMachine(): BenchDocument['machine'] {
  return {
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
    loadAverage: loadavg()[0]!,
  };
}

/** What is to be said about a machine that is not quiet; null when it is. */
export function loadWarning({ loadAverage }: BenchDocument['machine']): string | null {
  if (loadAverage <= quietLoad) return null;
  return `this machine is busy: load ${loadAverage.toFixed(2)} before the start; the figures will tell of that too`;
}
