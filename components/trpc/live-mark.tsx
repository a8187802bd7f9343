'use client';
import { Instant } from '#components/format/instant.tsx';
import { useNow } from '#components/format/use-now.ts';
import { LiveDot } from '#components/layout/live-dot.tsx';
import { useLive } from './live.tsx';

/** Signs of life come every five seconds; after this long without one the page may be old. */
const staleAfterMs = 20_000;

/** The dot in the bar: "Live", or since when nothing was heard. */
export function LiveMark() {
  const { connected, heardAt } = useLive();
  const now = useNow();
  const silent = heardAt !== null && now !== undefined && now.getTime() - heardAt > staleAfterMs;
  if (connected && !silent) return <LiveDot>Live</LiveDot>;
  if (heardAt === null) return <LiveDot>Connecting</LiveDot>;
  return (
    <LiveDot stale>
      Last heard <Instant at={new Date(heardAt)} style="clock" />, reconnecting
    </LiveDot>
  );
}
