'use client';
import { MapPin } from 'lucide-react';
import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';
import { formatAge } from '#components/format/duration.ts';
import { formatInstant, formatRange } from '#components/format/instant-text.ts';
import { plural } from '#components/format/number.ts';
import { useZone } from '#components/format/zone-context.tsx';
import { pinsOf } from '#components/restore/timeline-pins.ts';
import type { Coverage } from '#components/trpc/outputs.ts';
import { cn } from '#components/ui/cn.ts';
import { sentence } from '#components/ui/error-panel.tsx';
import { Skeleton } from '#components/ui/skeleton.tsx';
import { Tooltip } from '#components/ui/tooltip.tsx';
import { type Axis, placeOn, spanOn, type Tick, ticksOf } from './coverage-axis.ts';
import { coverageKind } from './coverage-words.ts';

/** Logs that are drawn one above the other; more would be a stripe each that nobody can read. */
const mostLogs = 8;

/**
 * Backups, what is recoverable, and the archived log of each node, all on one axis of time: a vertical line is one
 * instant in all of them. Without `coverage` the lanes stand empty at their full size. A list with the same words is
 * `CoverageList`.
 */
export function CoverageLanes({ coverage, axis }: { coverage: Coverage | undefined; axis: Axis }) {
  const { zone } = useZone();
  const ticks = ticksOf(axis, zone);
  const logs = coverage?.logs.slice(0, mostLogs) ?? [];
  const live = coverage !== undefined && coverageKind(coverage) === 'live';
  const edge = live && coverage.safeUntil !== null ? placeOn(axis, Date.parse(coverage.safeUntil)) : null;
  return (
    <div className="relative px-3 pt-1 pb-2">
      <Lane label="" className="h-[22px] border-b border-line-strong" ticks={[]}>
        {ticks.map((tick, at) => (
          <TickLabel key={tick.place} tick={tick} rare={at % 2 === 1} />
        ))}
      </Lane>
      <Lane label="Backups" className="h-8" ticks={ticks}>
        {coverage ? <Pins coverage={coverage} axis={axis} /> : <Waiting className="bottom-1 h-4" />}
      </Lane>
      <Lane label="Recoverable" className="h-[26px]" ticks={ticks}>
        {coverage ? <Band coverage={coverage} axis={axis} /> : <Waiting className="top-[5px] h-4" />}
      </Lane>
      <Lane
        label="Log"
        note={
          coverage && coverage.logs.length > mostLogs
            ? `${mostLogs} of ${plural(coverage.logs.length, 'node')}`
            : logs.map(({ node }) => node).join(', ')
        }
        className="min-h-5"
        height={6 + Math.max(2, logs.length) * 7}
        ticks={ticks}
      >
        {coverage ? null : <Waiting className="top-1 h-3" />}
        {logs.map(({ node, spans }, row) => (
          <LogBand key={node} node={node} spans={spans} axis={axis} top={4 + row * 7} />
        ))}
      </Lane>
      <div className="h-[18px]" />
      {edge === null || edge < 0 ? null : (
        <div className="pointer-events-none absolute inset-y-0 right-3 left-3 sm:left-[116px]">
          <i
            className="absolute top-[26px] bottom-2.5 border-l-[1.5px] border-dashed border-accent"
            style={{ left: `${edge}%` }}
          />
          <span
            className={cn(
              'absolute bottom-2 text-11 font-semibold whitespace-nowrap text-accent',
              edge < 50 ? 'pl-1.5' : '-translate-x-full pr-1.5',
            )}
            style={{ left: `${edge}%` }}
          >
            Safe edge {formatInstant(new Date(coverage!.safeUntil!), { zone, style: 'clock' })}
          </span>
        </div>
      )}
    </div>
  );
}

/** One lane: its name at the left, above it on a phone; the grid of the axis behind. */
function Lane({
  label,
  note,
  className,
  height,
  ticks,
  children,
}: {
  label: string;
  note?: string;
  className?: string;
  height?: number;
  ticks: readonly Tick[];
  children: ReactNode;
}) {
  return (
    <div className="grid items-center sm:grid-cols-[104px_minmax(0,1fr)]">
      <span className="min-w-0 truncate pr-2 text-12 text-ink-2 max-sm:pt-1 max-sm:text-11">
        {label}
        {note ? (
          <span title={note} className="ml-1.5 text-11 text-ink-3">
            {note}
          </span>
        ) : null}
      </span>
      <div className={cn('relative', className)} style={{ height }}>
        {ticks.map(({ place }) => (
          <i key={place} className="absolute inset-y-0 w-px bg-grid" style={{ left: `${place}%` }} />
        ))}
        {children}
      </div>
    </div>
  );
}

function TickLabel({ tick: { place, words, day }, rare }: { tick: Tick; rare: boolean }) {
  // At the ends it stays inside the lane.
  const side = place < 4 ? '' : place > 94 ? '-translate-x-full' : '-translate-x-1/2';
  return (
    <span
      aria-hidden="true"
      className={cn(
        'absolute top-[3px] text-11 whitespace-nowrap text-ink-3',
        side,
        day && 'font-semibold text-ink',
        rare && 'max-sm:hidden',
      )}
      style={{ left: `${place}%` }}
    >
      {words}
    </span>
  );
}

const Waiting = ({ className }: { className: string }) => (
  <Skeleton className={cn('absolute inset-x-0 w-full', className)} />
);

function Pins({ coverage, axis }: { coverage: Coverage; axis: Axis }) {
  const { zone } = useZone();
  const backups = coverage.backups.map(({ id, at }) => ({ id, at: new Date(at) }));
  return pinsOf(backups, new Date(axis.fromMs), new Date(axis.toMs)).map(({ place, items }) => {
    const newest = items[0]!;
    const at = formatInstant(newest.at, { zone, style: 'second', named: true });
    const words = items.length === 1 ? `Backup ${at}` : `${items.length} backups, newest ${at}`;
    return (
      <Tooltip key={newest.id} words={words}>
        <Link
          href={`/backups/${newest.id}`}
          aria-label={words}
          className="absolute bottom-0 z-[1] flex h-7 w-6 -translate-x-1/2 flex-col items-center justify-end rounded-1 text-accent"
          style={{ left: `${place}%` }}
        >
          {items.length === 1 ? null : <span className="text-11 leading-none text-ink-3">{items.length}</span>}
          <MapPin aria-hidden="true" className="size-4" />
        </Link>
      </Tooltip>
    );
  });
}

function Band({ coverage, axis }: { coverage: Coverage; axis: Axis }) {
  const { zone } = useZone();
  const wordsOf = (from: string, to: string) =>
    formatRange(new Date(from), new Date(to), { zone, style: 'second', named: true });
  return (
    <>
      {coverage.ranges.map(({ from, to }) => {
        const span = spanOn(axis, from, to);
        return span === null ? null : (
          <i
            key={from}
            title={from === to ? `Recoverable as it was ${wordsOf(from, to)}` : `Recoverable, ${wordsOf(from, to)}`}
            className="absolute top-[5px] h-4 min-w-1 rounded-1 bg-cover"
            style={{ left: `${span.left}%`, width: `${span.width}%` }}
          />
        );
      })}
      {coverage.gaps.map(({ from, to, reason }) => {
        const span = spanOn(axis, from, to);
        if (span === null) return null;
        const long = formatAge(Date.parse(to) - Date.parse(from));
        return (
          <Fragment key={from}>
            <Tooltip words={`Not recoverable, ${wordsOf(from, to)}: ${reason}`}>
              <button
                type="button"
                aria-label={`Not recoverable, ${wordsOf(from, to)}: ${reason}`}
                className="hatch absolute top-[5px] h-4 min-w-1 overflow-hidden rounded-1 text-left shadow-[inset_0_0_0_1px_var(--c-gap)]"
                style={{ left: `${span.left}%`, width: `${span.width}%` }}
              >
                {span.width < 24 ? null : (
                  <span className="mx-1.5 my-px block w-fit max-w-[calc(100%-12px)] truncate rounded-1 bg-gap-bg px-1 text-11 leading-[14px] font-semibold text-ink">
                    {long} gap<span className="font-normal">: {reason}</span>
                  </span>
                )}
              </button>
            </Tooltip>
          </Fragment>
        );
      })}
    </>
  );
}

function LogBand({
  node,
  spans,
  axis,
  top,
}: {
  node: string;
  spans: Coverage['logs'][number]['spans'];
  axis: Axis;
  top: number;
}) {
  return spans.map(({ from, to, ends }, at) => {
    const span = spanOn(axis, from, to);
    const next = spans[at + 1];
    const hole = next && spanOn(axis, to, next.from);
    return (
      <Fragment key={from}>
        {span === null ? null : (
          <i
            title={`${node}: log archived`}
            className="absolute h-[5px] min-w-1 rounded-1 bg-cover opacity-75"
            style={{ top, left: `${span.left}%`, width: `${span.width}%` }}
          />
        )}
        {hole ? (
          <i
            title={`${node}: ${sentence(ends ?? 'no log')}`}
            className="hatch absolute h-[5px] min-w-1 rounded-1"
            style={{ top, left: `${hole.left}%`, width: `${hole.width}%` }}
          />
        ) : null}
      </Fragment>
    );
  });
}
