'use client';
import { formatInstant, type InstantStyle } from './instant-text.ts';
import { useNow } from './use-now.ts';
import { useZone, type Zone } from './zone-context.tsx';

/**
 * An instant in the zone the reader chose. UTC (and named so) until the page is mounted, so server and browser agree;
 * the title says it in all three zones. `at` is a Date or ISO 8601 with an offset.
 */
export function Instant({
  at,
  style = 'minute',
  named = false,
  className,
}: {
  at: Date | string;
  style?: InstantStyle;
  /** Writes the zone behind a short style. */
  named?: boolean;
  className?: string;
}) {
  const zone = useZone();
  const now = useNow();
  const date = typeof at === 'string' ? new Date(at) : at;
  if (Number.isNaN(date.getTime())) return <span className={className}>–</span>;
  const withZone = named || style === 'full' || !zone.mounted;
  return (
    <time dateTime={date.toISOString()} title={inAllZones(date, zone)} className={className}>
      {formatInstant(date, { zone: zone.zone, style, now, named: withZone })}
    </time>
  );
}

/** One line per zone, for a title. */
export function inAllZones(at: Date, { zones, mounted }: Pick<Zone, 'zones' | 'mounted'>): string {
  const line = (name: string, zone: string) => `${name}: ${formatInstant(at, { zone, style: 'full' })}`;
  const lines = [line('Server', zones.server), line('UTC', 'UTC')];
  return (mounted ? [...lines, line('Mine', zones.mine)] : lines).join('\n');
}
