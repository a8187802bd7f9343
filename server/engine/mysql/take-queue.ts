import type { FragmentTake } from './fragment-take.ts';

export type Unit = { kind: 'open' | 'chunk'; take: FragmentTake } | { kind: 'together'; takes: FragmentTake[] };

/** More share the price of asking a thread, and wait for each other: what is read of them lies in memory. */
const mostTogether = 32;

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

  private readonly readers: number;
  private readonly isSmall: (take: FragmentTake) => boolean;

  /** Takes that are small and stand next to each other are given out together. */
  constructor(takes: readonly FragmentTake[], readers: number, isSmall: (take: FragmentTake) => boolean) {
    this.waiting = [...takes];
    this.readers = readers;
    this.isSmall = isSmall;
  }

  /** The next unit; waits while an opening table may bring chunks; null when nothing is left. */
  async next(current: FragmentTake | undefined): Promise<Unit | null> {
    while (!this.ended) {
      if (current?.hasRange) return { kind: 'chunk', take: current };
      const helped = this.open.find((take) => take.hasRange);
      if (helped) return { kind: 'chunk', take: helped };
      const takes = this.waiting.splice(0, this.countTogether());
      this.opening += takes.length;
      if (takes.length > 1) return { kind: 'together', takes };
      if (takes.length === 1) return { kind: 'open', take: takes[0]! };
      if (this.opening === 0) return null;
      await new Promise<void>((resolve) => this.wake.push(resolve));
    }
    return null;
  }

  /** A take of an `open` or `together` unit is open or has ended, well or not. */
  opened(take: FragmentTake): void {
    this.opening--;
    this.forgetEnded();
    if (take.hasRange) this.open.push(take);
    this.wakeAll();
  }

  /** Takes of a `together` unit that were not read: somebody else may. */
  giveBack(takes: readonly FragmentTake[]): void {
    this.opening -= takes.length;
    this.waiting.unshift(...takes);
    this.wakeAll();
  }

  /** Nothing is given out any more. */
  halt(): void {
    this.ended = true;
    this.wakeAll();
  }

  /** Fewer towards the end, so that all readers end at about the same time. */
  private countTogether(): number {
    const most = Math.min(mostTogether, Math.ceil(this.waiting.length / (this.readers * 2)));
    let count = 0;
    while (count < most && this.isSmall(this.waiting[count]!)) count++;
    return Math.max(1, count);
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
