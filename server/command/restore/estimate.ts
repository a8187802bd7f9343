import type { RestorePlan } from '#server/contract/restore.ts';

/** Where the middle of earlier restores lies: outliers on either side say more about that day than about this one. */
const low = 0.2;
const high = 0.8;

/** A span of milliseconds from what earlier restores took per raw MiB; null without any history. */
export function estimate(rawBytes: number, msPerMiB: readonly number[]): RestorePlan['estimate'] {
  const sorted = msPerMiB.filter((ms) => Number.isFinite(ms) && ms > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
  const mebibytes = Math.max(1, rawBytes / 1024 ** 2);
  return {
    lowMs: Math.round(at(low) * mebibytes),
    highMs: Math.round(at(high) * mebibytes),
    restores: sorted.length,
  };
}
