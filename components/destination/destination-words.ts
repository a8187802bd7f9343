import type { Destination } from '#components/trpc/outputs.ts';
import type { State } from '#components/ui/glyph.tsx';

/** Whether a destination can be used, as its last probe found. */
export function probeWords({ probedAt, probeError }: Pick<Destination, 'probedAt' | 'probeError'>): {
  word: string;
  state: State;
} {
  if (probeError) return { word: 'Not usable', state: 'bad' };
  return probedAt ? { word: 'Usable', state: 'ok' } : { word: 'Not probed yet', state: 'unknown' };
}
