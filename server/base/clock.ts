/** Where time comes from, so that tests can own it. `now` is wall time, `monotonicMs` never goes back. */
export interface Clock {
  now(): Date;
  monotonicMs(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
};
