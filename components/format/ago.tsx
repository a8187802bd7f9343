'use client';
import { cn } from '#components/ui/cn.ts';
import { formatAgo, formatDuration } from './duration.ts';
import { inAllZones } from './instant.tsx';
import { formatInstant } from './instant-text.ts';
import { useNow } from './use-now.ts';
import { useZone } from './zone-context.tsx';

/** "9 h ago", moving with the clock; the instant itself until the page is mounted, and in the title. */
export function Ago({ at, className }: { at: Date | string; className?: string }) {
  const zone = useZone();
  const now = useNow();
  const date = typeof at === 'string' ? new Date(at) : at;
  if (Number.isNaN(date.getTime())) return <span className={className}>–</span>;
  return (
    <time dateTime={date.toISOString()} title={inAllZones(date, zone)} className={className}>
      {now === undefined ? formatInstant(date, { zone: 'UTC', style: 'minute', named: true }) : formatAgo(date, now)}
    </time>
  );
}

/** How long since `since`, moving with the clock, or how long it took when `until` is known: "2 m 55 s". */
export function Elapsed({
  since,
  until,
  className,
}: {
  since: Date | string;
  until?: Date | string | null;
  className?: string;
}) {
  const now = useNow();
  const end = until ? new Date(until) : now;
  const ms = end === undefined ? undefined : end.getTime() - new Date(since).getTime();
  // Two machines' clocks may differ by a little: a job that starts "in the future" has run for no time yet.
  return (
    <span className={cn('tabular-nums', className)}>
      {ms === undefined ? '…' : formatDuration(until ? ms : whole(Math.max(0, ms)))}
    </span>
  );
}

function whole(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
