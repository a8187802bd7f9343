import type { Clock } from '#server/base/clock.ts';
import { bad, type Finding, ok, unknown, warn } from './finding.ts';

/** How far a server's clock is from ours. The truth lies within `skewMs` ± `uncertaintyMs`; positive = it is ahead. */
export interface ClockSkew {
  skewMs: number;
  uncertaintyMs: number;
}

const samples = 3;

/** Brackets a question for the server's clock by our own; of three, the shortest round trip says most. */
export async function measureSkew(askServer: () => Promise<number>, clock: Clock): Promise<ClockSkew> {
  let best: ClockSkew | undefined;
  for (let sample = 0; sample < samples; sample++) {
    const before = clock.now().getTime();
    const start = clock.monotonicMs();
    const server = await askServer();
    const uncertaintyMs = Math.ceil((clock.monotonicMs() - start) / 2);
    const skewMs = Math.round(server - (before + uncertaintyMs)) || 0; // never -0
    if (best === undefined || uncertaintyMs < best.uncertaintyMs) best = { skewMs, uncertaintyMs };
  }
  return best!;
}

/** Past a second an instant that somebody types no longer means the transaction he saw; past five it is a fault. */
const warnAboveMs = 1_000;
const badAboveMs = 5_000;

export function checkSkew(skew: ClockSkew | null): Finding {
  const label = 'Clock';
  if (skew === null) return unknown('clock', label, 'the server did not tell its time', '');
  const sure = Math.max(0, Math.abs(skew.skewMs) - skew.uncertaintyMs);
  const detail =
    `${Math.abs(skew.skewMs)} ms ${skew.skewMs < 0 ? 'behind' : 'ahead of'} the executor` +
    ` (± ${skew.uncertaintyMs} ms)`;
  if (sure <= warnAboveMs) return ok('clock', label, detail);
  const fix = 'Synchronise the clocks of this node and of the executor, for instance with chrony.';
  return sure > badAboveMs ? bad('clock', label, detail, fix) : warn('clock', label, detail, fix);
}
