/**
 * What slows reading and loading down, so that the servers' own work goes first. Called by every connection that moves
 * rows; a pace makes its caller wait, and never fails the work: when it cannot measure, it says so and lets go.
 */
export interface Pace {
  /**
   * Before rows of a new chunk or batch are asked for or sent. Returns when they may be, or early, without throwing, when
   * `signal` aborts. Hold no lock that others could wait for.
   */
  beforeChunk(node: string, signal: AbortSignal): Promise<void>;
  /** `count` raw bytes were moved. Returns when the next may be, or when the whole work is stopped. */
  bytes(node: string, count: number): Promise<void>;
}

/** Somebody waits: told once when the waiting begins, with why, and once when it is over. */
export interface Waiting {
  onWait(node: string, why: string): void;
  onGo(node: string, waitedMs: number): void;
  /** What waiting depends on cannot be measured, so nobody waits. Told once a node. */
  onBlind(node: string, why: string): void;
}

/** All of them, one after the other; undefined when there is none. */
export function allPaces(paces: readonly Pace[]): Pace | undefined {
  if (paces.length < 2) return paces[0];
  return {
    beforeChunk: async (node, signal) => {
      for (const pace of paces) await pace.beforeChunk(node, signal);
    },
    bytes: async (node, count) => {
      for (const pace of paces) await pace.bytes(node, count);
    },
  };
}
