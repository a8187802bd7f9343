import type { ReactNode } from 'react';
import { Ago } from '#components/format/ago.tsx';
import { Instant } from '#components/format/instant.tsx';
import { formatCount } from '#components/format/number.ts';
import type { Coverage } from '#components/trpc/outputs.ts';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Stat, StatRow } from '#components/ui/stat.tsx';
import { type CoverageKind, coverageKind, reasonToNow } from './coverage-words.ts';

/** The answer in four figures, and why it does not go on to now where it does not. Without `coverage`: at full size. */
export function CoverageFigures({ coverage }: { coverage: Coverage | undefined }) {
  const last = coverage?.ranges.at(-1);
  const reason = coverage && reasonToNow(coverage);
  const shown = (value: (known: Coverage) => ReactNode) =>
    coverage ? value(coverage) : <Skeleton className="my-2 w-20" />;
  const instant = (at: string | null | undefined) => (at ? <Instant at={at} style="second" /> : '–');
  return (
    <div className="border-b border-line py-2.5">
      <StatRow>
        <Stat
          caption="Recoverable since"
          value={shown(() => instant(last?.from))}
          note={coverage && last ? sinceNote(coverageKind(coverage), last) : room}
        />
        <Stat
          caption="Safe edge"
          value={shown(({ safeUntil }) => instant(safeUntil))}
          note={coverage?.safeUntil ? <Ago at={coverage.safeUntil} /> : room}
        />
        <Stat caption="Backups" value={shown(({ backups }) => formatCount(backups.length))} />
        <Stat caption="Gaps" value={shown(({ gaps }) => formatCount(gaps.length))} />
      </StatRow>
      {reason ? <p className="px-3 pt-2 break-words text-ink-2">Not later, because {reason}.</p> : null}
    </div>
  );
}

/** Keeps the line free that is not there yet. */
const room = '\u00a0';

function sinceNote(kind: CoverageKind, { from, to }: Coverage['ranges'][number]): ReactNode {
  if (kind === 'live') return 'any instant since';
  if (from === to) return 'at this instant only';
  return (
    <>
      any instant up to <Instant at={to} style="clock" />
    </>
  );
}
