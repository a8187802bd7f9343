/** When a group was committed, in milliseconds since 1970 by our clock. */
export interface GroupTimes {
  /** Not earlier, as far as the server's clock was where we measured it. */
  readonly earliestMs: number;
  /** What a cut goes by: never before the group began, and less than a second after it was committed. */
  readonly atMs: number;
}

/** A log tells whole seconds. */
export const secondMs = 1_000;

/**
 * The times of the groups of one log, one after the other. A log tells the second in which the statement began that
 * committed, and we know when it came to us. Groups are committed in the order of the log: none is earlier than the one
 * before it, whatever its own time says.
 */
export class GroupClock {
  #earliestMs = Number.NEGATIVE_INFINITY;
  #atMs = Number.NEGATIVE_INFINITY;

  /** `timestamp` in seconds by the server's clock, which was `skewMs` ahead of ours; `receivedMs` null: not known. */
  saw(timestamp: number, skewMs: number, receivedMs: number | null): GroupTimes {
    // A server whose clock ran away since it was measured cannot have sent what it had not written yet.
    const latestMs = receivedMs ?? Number.POSITIVE_INFINITY;
    const began = Math.min(timestamp * secondMs - skewMs, latestMs);
    this.#earliestMs = Math.max(this.#earliestMs, began);
    this.#atMs = Math.max(this.#atMs, Math.min(this.#earliestMs + secondMs - 1, latestMs));
    return { earliestMs: this.#earliestMs, atMs: this.#atMs };
  }
}
