import { behind, compareSpots, type LogSpot } from './log-spot.ts';
import type { ScannedGroup } from './scan-groups.ts';

/** Where a node stops: at a time, or at a place of its log whatever its time. */
export interface NodeStop {
  readonly atMs: number;
  readonly border: LogSpot | null;
}

export interface NodeScanOptions {
  readonly stop: NodeStop;
  /** Beyond what we measured, the clocks of two nodes may be so far apart; so much log is looked at around the stop. */
  readonly doubtMs: number;
  /** Where the rows of the backup stand: what is in them cannot be left out. null: there are none. */
  readonly floor: LogSpot | null;
}

/** Goes through the log of one node and finds where it stops. */
export class NodeScan {
  readonly node: string;
  /** No group that begins here or later is in. */
  border: LogSpot;
  /** Of the groups before the border those that are not in: rolled back, without an end, or left out. See keysOf. */
  readonly void = new Set<string>();
  /** Whether everything that can matter has been seen. */
  isPast = false;
  readonly #groups: AsyncGenerator<ScannedGroup[]>;
  readonly #options: NodeScanOptions;
  /** Where the stop lies, whatever other nodes say. */
  #found: LogSpot | null;
  /** Groups that count and lie near the stop, and before them the last that was prepared and the last that was not. */
  readonly #near: ScannedGroup[] = [];
  #batch: ScannedGroup[] = [];
  #at = 0;

  constructor(node: string, groups: AsyncGenerator<ScannedGroup[]>, options: NodeScanOptions) {
    this.node = node;
    this.#groups = groups;
    this.#options = options;
    this.#found = options.stop.border;
    this.border = this.#found ?? endOfLog;
  }

  /** The next group of a global transaction. null: there is none before everything is past; with `on`, in all of the log. */
  async next({ on = false } = {}): Promise<ScannedGroup | null> {
    while (on || !this.isPast) {
      if (this.#at === this.#batch.length) {
        const { value, done } = await this.#groups.next();
        this.isPast ||= done === true;
        if (done) return null;
        this.#batch = value;
        this.#at = 0;
        continue;
      }
      const group = this.#batch[this.#at++]!;
      this.#see(group);
      if (group.xid) return group;
    }
    return null;
  }

  async close(): Promise<void> {
    await this.#groups.return(undefined);
  }

  holds(spot: LogSpot): boolean {
    return compareSpots(spot, this.border) < 0;
  }

  /** Where the stop lies, but never behind `cap`, and never before the rows of the backup. */
  reset(cap: LogSpot | undefined): void {
    const found = this.#found ?? endOfLog;
    const capped = cap && compareSpots(cap, found) < 0 ? cap : found;
    const { floor } = this.#options;
    this.border = floor && compareSpots(floor, capped) > 0 ? floor : capped;
  }

  /** What was before something that is in is in itself. */
  extendTo(group: ScannedGroup): void {
    this.border = behind(group);
  }

  /** The groups on both sides of the border, of those that count; `before` in their order. */
  aroundBorder(): { before: readonly ScannedGroup[]; next: ScannedGroup | null } {
    const next = this.#near.findIndex((group) => !this.holds(group));
    return { before: next < 0 ? this.#near : this.#near.slice(0, next), next: this.#near[next] ?? null };
  }

  #see(group: ScannedGroup): void {
    const { atMs } = this.#options.stop;
    const { doubtMs } = this.#options;
    if (!this.#found && group.atMs > atMs) {
      this.#found = group;
      this.reset(undefined);
    }
    if (group.effect === 'nothing') for (const key of keysOf(group)) this.void.add(key);
    else {
      const older = this.#near.findIndex(({ effect }) => isPrepare(effect) === isPrepare(group.effect));
      if (group.atMs < atMs - doubtMs && older >= 0) this.#near.splice(older, 1);
      this.#near.push(group);
    }
    if (group.earliestMs > atMs + doubtMs && !this.holds(group)) this.isPast = true;
  }
}

const isPrepare = (effect: ScannedGroup['effect']) => effect === 'prepare';

const endOfLog: LogSpot = { sequence: Number.POSITIVE_INFINITY, file: '', position: 0 };

export const keyOf = ({ sequence, file, position }: LogSpot) => `${sequence}:${file}:${position}`;

/** A group that goes on in the next segment is met there again, under that segment's number. */
export function keysOf({ sequence, lastSequence, file, position }: ScannedGroup): string[] {
  const sequences = Array.from({ length: lastSequence - sequence + 1 }, (_, at) => sequence + at);
  return sequences.map((one) => keyOf({ sequence: one, file, position }));
}

export const spotOf = ({ sequence, file, position }: LogSpot): LogSpot => ({ sequence, file, position });
