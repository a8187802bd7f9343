'use client';
import { plural } from '#components/format/number.ts';
import { useNow } from '#components/format/use-now.ts';

const days = 14;

/** Backups of a cluster as pins on the last 14 days; pins that would touch are one. */
export function BackupStrip({ at }: { at: readonly Date[] }) {
  const now = useNow();
  const places = now === undefined ? [] : pinPlaces(at, now);
  return (
    <div
      role="img"
      aria-label={
        at.length === 0
          ? `No backup in the last ${days} days`
          : `${plural(at.length, 'backup')} in the last ${days} days`
      }
      className="relative h-3.5 rounded-1 bg-sunken ring-1 ring-line ring-inset"
    >
      {places.map((place) => (
        <span
          key={place}
          className="absolute inset-y-0 w-1 -translate-x-full rounded-[2px] bg-cover"
          style={{ left: `${place}%` }}
        />
      ))}
    </div>
  );
}

/** Days on the axis under the header, the same for every strip. */
export const stripDays = days;

export function pinPlaces(at: readonly Date[], now: Date): number[] {
  const places = at.map((date) => 100 - ((now.getTime() - date.getTime()) / (days * 86_400_000)) * 100);
  const kept: number[] = [];
  for (const place of places.filter((each) => each >= 0).sort((a, b) => b - a)) {
    if (kept.length === 0 || kept.at(-1)! - place >= 1.5) kept.push(Math.min(100, Math.round(place * 10) / 10));
  }
  return kept;
}
