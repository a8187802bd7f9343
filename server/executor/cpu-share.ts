import type { Clock } from '#server/base/clock.ts';

/** Shorter spans say more about one moment than about the load. */
const leastMs = 2_000;

/**
 * Answers how many cores this process kept busy since the last answer, its threads included; null at first, and the same
 * as before when that was only just asked.
 */
export function watchCpu(clock: Clock): () => number | null {
  let since = clock.monotonicMs();
  let used = process.cpuUsage();
  let share: number | null = null;
  return () => {
    const now = clock.monotonicMs();
    if (now - since < leastMs) return share;
    const { user, system } = process.cpuUsage(used);
    share = (user + system) / 1_000 / (now - since);
    since = now;
    used = process.cpuUsage();
    return share;
  };
}
