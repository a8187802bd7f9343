'use client';
import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { formatDuration } from '#components/format/duration.ts';
import { formatInstant, formatRange } from '#components/format/instant-text.ts';
import { formatCompact, formatCount, plural } from '#components/format/number.ts';
import { useZone } from '#components/format/zone-context.tsx';
import { placeOn, spanOn, ticksOf } from '#components/table/coverage-axis.ts';
import type { Changes } from '#components/trpc/outputs.ts';
import { Button } from '#components/ui/button.tsx';
import { cn } from '#components/ui/cn.ts';
import { ChangeTable } from './change-table.tsx';
import { type Bar, barsOf, countWords, stepBar } from './histogram-bars.ts';

/** The chosen point; `bad`: it cannot be brought back to. */
export interface Cursor {
  at: string;
  bad: boolean;
}

const heightPx = 116;
/** Of one bar, with the space beside it. */
const barPx = 3;

/**
 * Bars of changes from a zero baseline: deletes lie on it, so that they compare. Arrow keys and the pointer go from bar
 * to bar, and pressing one shows its transactions; what is not known is hatched, definitions are marked above.
 */
export function ChangeHistogram({
  changes,
  bar,
  onBar,
  onInstant,
  cursor,
  firstBackupAt,
}: {
  changes: Changes;
  bar: Bar | null;
  onBar: (bar: Bar | null) => void;
  onInstant: (at: Date) => void;
  cursor: Cursor | null;
  /** Earlier instants cannot be brought back to; null: not known. */
  firstBackupAt: string | null;
}) {
  const { zone } = useZone();
  const [width, box] = useWidth();
  const [pointed, setPointed] = useState<Bar | null>(null);
  const axis = { fromMs: Date.parse(changes.from), toMs: Date.parse(changes.to) };
  const most = Math.max(20, Math.floor(width / barPx));
  const { bars, top, barMs, peak } = barsOf(changes.buckets, { ...axis, bucketMs: changes.bucketMs, most });
  const shown = pointed ?? bar;
  const chosen = cursor === null ? null : placeOn(axis, Date.parse(cursor.at));
  const wordsOf = (one: Bar) => barWords(one, zone);
  const at =
    shown === null
      ? 0
      : Math.max(
          0,
          bars.findIndex(({ fromMs }) => fromMs === shown.fromMs),
        );

  const move = (event: PointerEvent) => {
    const { left, width: wide } = event.currentTarget.getBoundingClientRect();
    const place = ((event.clientX - left) / wide) * 100;
    const middle = ({ left: from, width: across }: Bar) => Math.abs(from + across / 2 - place);
    const nearest = [...bars].sort((a, b) => middle(a) - middle(b))[0] ?? null;
    setPointed(
      nearest !== null && (middle(nearest) / 100) * wide <= Math.max(8, (nearest.width / 200) * wide) ? nearest : null,
    );
  };
  const press = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -bars.length, End: bars.length }[
      event.key
    ];
    if (by !== undefined) {
      event.preventDefault();
      const ends = event.key === 'Home' || event.key === 'End';
      setPointed(stepBar(bars, ends && shown === null ? bars[0]! : shown, by));
    } else if ((event.key === 'Enter' || event.key === ' ') && shown) {
      event.preventDefault();
      onBar(shown);
    } else if (event.key === 'Escape') {
      setPointed(null);
      onBar(null);
    }
  };
  return (
    <div className="px-3 pt-2 pb-2">
      <div className="grid sm:grid-cols-[76px_minmax(0,1fr)]">
        <div className="flex justify-between pb-1 text-12 text-ink-2 sm:flex-col sm:justify-center sm:pr-2">
          <span>Rows</span>
          <span className="text-11 text-ink-3">per {formatDuration(barMs)}</span>
        </div>
        <div ref={box} className="relative mt-3 border-b border-axis" style={{ height: heightPx }}>
          {changes.unknown.map(({ node, from, to, reason }) => {
            const span = spanOn(axis, from, to);
            return span === null ? null : (
              <i
                key={`${node} ${from} ${reason}`}
                title={reason}
                aria-hidden="true"
                className="hatch absolute inset-y-0 min-w-1 opacity-60"
                style={{ left: `${span.left}%`, width: `${span.width}%` }}
              />
            );
          })}
          {[0.5, 1].map((share) => (
            <i
              key={share}
              aria-hidden="true"
              className="absolute inset-x-0 border-t border-dashed border-grid"
              style={{ bottom: `${share * 100}%` }}
            >
              {bars.length === 0 ? null : (
                <span className="absolute -top-[17px] left-0 rounded-1 bg-surface px-1 text-11 text-ink-2 not-italic">
                  {formatCompact(top * share)}
                </span>
              )}
            </i>
          ))}
          <svg aria-hidden="true" className="absolute inset-0 size-full overflow-visible">
            {bars.map((one) => (
              <Stack key={one.fromMs} bar={one} top={top} dim={bar !== null && bar.fromMs !== one.fromMs} />
            ))}
          </svg>
          {peak && shown === null ? <Peak bar={peak} words={peakWords(peak, zone)} /> : null}
          {shown ? (
            <i
              aria-hidden="true"
              className="absolute inset-y-0 min-w-1 border-x border-cursor bg-brush"
              style={{ left: `${shown.left}%`, width: `${shown.width}%` }}
            />
          ) : null}
          {chosen === null || chosen < 0 || chosen > 100 ? null : (
            <i
              aria-hidden="true"
              className={cn('absolute -top-2 bottom-0 border-l-2', cursor?.bad ? 'border-bad' : 'border-cursor')}
              style={{ left: `${chosen}%` }}
            />
          )}
          {bars.length === 0 ? (
            <p className="absolute inset-x-0 top-1/3 text-center text-12 text-ink-3">
              No changes {formatRange(new Date(axis.fromMs), new Date(axis.toMs), { zone })}
            </p>
          ) : (
            <div
              role="slider"
              tabIndex={0}
              aria-label="Changes over time; Enter shows the transactions of a bar"
              aria-valuemin={1}
              aria-valuemax={bars.length}
              aria-valuenow={at + 1}
              aria-valuetext={wordsOf(shown ?? bars[0]!)}
              onPointerMove={move}
              onPointerLeave={() => setPointed(null)}
              onClick={() => onBar(pointed)}
              onKeyDown={press}
              onBlur={() => setPointed(null)}
              className="absolute -top-2 right-0 bottom-0 left-0 cursor-pointer rounded-1"
            />
          )}
        </div>
        <span />
        <div aria-hidden="true" className="relative h-5 text-11 text-ink-3">
          {ticksOf(axis, zone).map(({ place, words, day }, index) => (
            <span
              key={place}
              className={cn(
                'absolute top-1 whitespace-nowrap',
                place < 4 ? '' : place > 94 ? '-translate-x-full' : '-translate-x-1/2',
                day && 'font-semibold text-ink',
                index % 2 === 1 && 'max-sm:hidden',
              )}
              style={{ left: `${place}%` }}
            >
              {words}
            </span>
          ))}
        </div>
      </div>
      <div className="mt-1 flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1 text-12 text-ink-2">
        <span className="min-w-0 flex-1 tabular-nums">
          {shown
            ? wordsOf(shown)
            : `${plural(changes.totals.transactions, 'transaction')} in view: ${countWords(changes.totals, formatCount)}`}
        </span>
        {bar ? (
          <>
            {firstBackupAt !== null && bar.fromMs < Date.parse(firstBackupAt) ? (
              <span className="text-ink-3">before the first backup</span>
            ) : (
              <Button size="small" onClick={() => onInstant(new Date(bar.fromMs))}>
                Choose {formatInstant(new Date(bar.fromMs), { zone, style: 'clock' })}
              </Button>
            )}
            <Button size="small" variant="quiet" onClick={() => onBar(null)}>
              Whole span
            </Button>
          </>
        ) : null}
      </div>
      <ChangeTable bars={bars} wordsOf={(one) => formatRange(new Date(one.fromMs), new Date(one.toMs), { zone })} />
    </div>
  );
}

/** Deletes lie on the baseline, then updates, then inserts. What is there is drawn at least two pixels high. */
function Stack({ bar, top, dim }: { bar: Bar; top: number; dim: boolean }) {
  const style = { x: `${bar.left}%`, width: `max(2px, calc(${bar.width}% - 1px))` };
  const parts = [
    [bar.deletes, 'fill-del'],
    [bar.updates, 'fill-upd'],
    [bar.inserts, 'fill-ins'],
  ] as const;
  let base = heightPx;
  return (
    <g opacity={dim ? 0.35 : 1}>
      {parts.map(([rows, fill]) => {
        if (rows === 0) return null;
        const height = Math.max(rows === bar.rows ? 2 : 1, (rows / top) * heightPx);
        base -= height;
        return <rect key={fill} y={base} height={height} className={fill} style={style} />;
      })}
      {bar.statements > 0 ? (
        <path
          d="M0 -4L4 0L0 4L-4 0Z"
          className="fill-ddl"
          style={{ transform: `translate(${bar.left + bar.width / 2}%, -6px)`, transformBox: 'view-box' }}
        />
      ) : null}
    </g>
  );
}

function Peak({ bar, words }: { bar: Bar; words: string }) {
  const middle = bar.left + bar.width / 2;
  return (
    <span
      aria-hidden="true"
      className={cn(
        'absolute top-0 rounded-1 bg-surface px-1 text-12 font-semibold whitespace-nowrap',
        middle > 60 ? '-translate-x-[calc(100%+6px)]' : 'translate-x-1.5',
        bar.deletes > bar.rows / 2 ? 'text-del-ink' : 'text-ink',
      )}
      style={{ left: `${middle}%` }}
    >
      {words}
    </span>
  );
}

const peakWords = (bar: Bar, zone: string) =>
  `${formatInstant(new Date(bar.fromMs), { zone, style: 'clock' }).slice(0, 5)} · ${countWords(bar, formatCount)} rows`;

function barWords(bar: Bar, zone: string): string {
  const when = formatRange(new Date(bar.fromMs), new Date(bar.toMs), { zone });
  const statements = bar.statements === 0 ? '' : `, ${plural(bar.statements, 'statement')}`;
  return `${when}: ${countWords(bar, formatCount)} in ${plural(bar.transactions, 'transaction')}${statements}`;
}

/** How wide an element is drawn, in pixels. */
function useWidth(): [number, React.RefObject<HTMLDivElement | null>] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const observer = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [width, ref];
}
