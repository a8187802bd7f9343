import type { FragmentTake } from './fragment-take.ts';

export type Unit = { kind: 'open' | 'chunk'; take: FragmentTake };

/**
 * What the readers of one node do next. A table that has been begun is finished before another is begun: its lock is
 * held for the shortest time, and every reader helps with a big one.
 */
export class TakeQueue {
  private readonly waiting: FragmentTake[];
  private readonly open: FragmentTake[] = [];
  private opening = 0;
  private ended = false;
  private wake: (() => void)[] = [];

  constructor(takes: readonly FragmentTake[]) {
    this.waiting = [...takes];
  }

  /** The next unit; waits while an opening table may bring chunks; null when nothing is left. */
  async next(current: FragmentTake | undefined): Promise<Unit | null> {
    while (!this.ended) {
      if (current?.hasRange) return { kind: 'chunk', take: current };
      const helped = this.open.find((take) => take.hasRange);
      if (helped) return { kind: 'chunk', take: helped };
      const take = this.waiting.shift();
      if (take) {
        this.opening++;
        return { kind: 'open', take };
      }
      if (this.opening === 0) return null;
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
    return null;
  }

  /** An `open` unit is over, well or not. */
  opened(take: FragmentTake): void {
    this.opening--;
    this.forgetEnded();
    if (take.hasRange) this.open.push(take);
    this.wakeAll();
  }

  /** Nothing is given out any more. */
  halt(): void {
    this.ended = true;
    this.wakeAll();
  }

  private forgetEnded(): void {
    for (let n = this.open.length - 1; n >= 0; n--) if (!this.open[n]!.hasRange) this.open.splice(n, 1);
  }

  private wakeAll(): void {
    const waiting = this.wake;
    this.wake = [];
    for (const resolve of waiting) resolve();
  }
}
