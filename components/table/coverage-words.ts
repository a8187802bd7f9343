import type { Coverage } from '#components/trpc/outputs.ts';
import type { State } from '#components/ui/glyph.tsx';

export type CoverageKind = 'nothing' | 'none' | 'live' | 'ended' | 'points';

/**
 * What a table's coverage comes to. `live`: any instant up to the safe edge, which moves on; `ended`: something cannot be
 * crossed since; `points`: the instants of its backups alone; `none`: not even those; `nothing`: no backup holds it.
 */
export function coverageKind({ ranges, gaps, backups }: Coverage): CoverageKind {
  const last = ranges.at(-1);
  if (!last) return backups.length === 0 ? 'nothing' : 'none';
  const open = gaps.at(-1);
  if (!open || Date.parse(open.from) < Date.parse(last.to)) return 'live';
  return ranges.every(({ from, to }) => from === to) ? 'points' : 'ended';
}

const tags: Record<CoverageKind, { word: string; state: State }> = {
  nothing: { word: 'Nothing to restore yet', state: 'idle' },
  none: { word: 'Not recoverable', state: 'bad' },
  live: { word: 'Recoverable to any instant', state: 'ok' },
  ended: { word: 'Not recoverable to now', state: 'bad' },
  points: { word: 'Only as its backups stand', state: 'warn' },
};

/** An archive that runs is seconds behind. */
const behindMs = 60_000;

export function coverageTag(coverage: Coverage, nowMs: number | undefined): { word: string; state: State } {
  const kind = coverageKind(coverage);
  const behind = nowMs !== undefined && nowMs - Date.parse(coverage.safeUntil ?? '') > behindMs;
  return kind === 'live' && behind ? { word: 'The log archive is behind', state: 'warn' } : tags[kind];
}

/** Why it cannot be brought back to now; null: it can. */
export function reasonToNow(coverage: Coverage): string | null {
  const kind = coverageKind(coverage);
  return kind === 'live' || kind === 'nothing' ? null : (coverage.gaps.at(-1)?.reason ?? null);
}

export interface CoverageRow {
  from: string;
  to: string;
  /** Of a gap; null: recoverable. */
  reason: string | null;
}

/** Ranges and gaps as they follow each other, newest first. */
export function coverageRows({ ranges, gaps }: Coverage): CoverageRow[] {
  return [...ranges.map((range) => ({ ...range, reason: null })), ...gaps].sort(
    (a, b) => Date.parse(b.to) - Date.parse(a.to) || Date.parse(b.from) - Date.parse(a.from),
  );
}
