import type { PartChanges } from './part-changes.ts';
import type { SealFacts } from './part-facts.ts';

/** Enough for 30 days of two nodes, and a few tables of them; each is a kilobyte or so. */
const mostSeals = 20_000;
const mostParts = 20_000;

/** What was read of one repository's sealed segments before: none of it ever changes. Old entries make room for new. */
export class ChangesCache {
  /** By the key of the seal. */
  readonly seals = new BoundedMap<SealFacts>(mostSeals);
  /** By the key of the segment and the pieces that were asked for. */
  readonly parts = new BoundedMap<PartChanges>(mostParts);
}

class BoundedMap<T> {
  readonly #entries = new Map<string, T>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: T): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
