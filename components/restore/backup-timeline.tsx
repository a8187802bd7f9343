'use client';
import { MapPin } from 'lucide-react';
import { useMemo, useState } from 'react';
import { formatInstant } from '#components/format/instant-text.ts';
import { useNow } from '#components/format/use-now.ts';
import { useZone } from '#components/format/zone-context.tsx';
import type { Backup } from '#components/trpc/outputs.ts';
import { cn } from '#components/ui/cn.ts';
import { Segmented } from '#components/ui/segmented.tsx';
import { fittingSpan, pinsOf, type SpanKey, spans } from './timeline-pins.ts';

/** Backups as pins on one axis up to now. Choosing a pin chooses its newest backup; the list below holds each. */
export function BackupTimeline({
  backups,
  chosen,
  onChoose,
}: {
  backups: readonly Backup[];
  chosen: string;
  onChoose: (backup: Backup) => void;
}) {
  const now = useNow();
  const { zone } = useZone();
  const [wished, setWished] = useState<SpanKey>();
  // The axis moves by the minute, not by the second: pins must stand still under a pointer.
  const minute = now === undefined ? undefined : Math.ceil(now.getTime() / 60_000) * 60_000;
  const key = wished ?? (minute === undefined ? '1d' : fittingSpan(backups, new Date(minute)));
  const { ms } = spans.find((span) => span.key === key)!;
  const pins = useMemo(
    () => (minute === undefined ? [] : pinsOf(backups, new Date(minute - ms), new Date(minute))),
    [backups, minute, ms],
  );
  const tick = (share: number) =>
    minute === undefined
      ? ''
      : formatInstant(new Date(minute - ms * (1 - share)), { zone, style: 'minute', now: new Date(minute) });
  return (
    <div className="p-3">
      <div className="flex justify-end">
        <Segmented<SpanKey>
          label="Span of the timeline"
          value={key}
          onChange={setWished}
          segments={spans.map((span) => ({ value: span.key, label: span.label }))}
        />
      </div>
      <div className="grid gap-x-3 sm:grid-cols-[72px_minmax(0,1fr)]">
        <span className="self-end pb-1 text-12 text-ink-2">Backups</span>
        <div className="relative mx-2 h-12 border-b border-axis">
          {pins.map(({ place, items }) => {
            const newest = items[0]!;
            const on = items.some(({ id }) => id === chosen);
            const words = formatInstant(newest.at, { zone, style: 'second', named: true });
            return (
              <button
                key={newest.id}
                type="button"
                aria-pressed={on}
                title={items.length === 1 ? words : `${items.length} backups, newest ${words}`}
                aria-label={items.length === 1 ? `Backup ${words}` : `${items.length} backups, newest ${words}`}
                onClick={() => onChoose(newest)}
                className={cn(
                  'absolute bottom-0 flex h-8 w-7 -translate-x-1/2 flex-col items-center justify-end rounded-1 text-cover',
                  on && 'z-[1] text-accent',
                )}
                style={{ left: `${place}%` }}
              >
                {items.length === 1 ? null : <span className="text-11 leading-none text-ink-3">{items.length}</span>}
                <MapPin aria-hidden="true" className={cn('size-[18px]', on && 'fill-accent stroke-surface')} />
              </button>
            );
          })}
          {pins.length === 0 ? (
            <span className="absolute inset-x-0 bottom-2 text-center text-12 text-ink-3">No backup in this span</span>
          ) : null}
        </div>
        <span />
        <div aria-hidden="true" className="mx-2 mt-1 flex justify-between text-11 text-ink-3">
          <span>{tick(0)}</span>
          <span className="max-sm:hidden">{tick(0.25)}</span>
          <span>{tick(0.5)}</span>
          <span className="max-sm:hidden">{tick(0.75)}</span>
          <span>now</span>
        </div>
      </div>
    </div>
  );
}
