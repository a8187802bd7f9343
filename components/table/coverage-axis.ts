import { formatInstant } from '#components/format/instant-text.ts';
import { zoneFields } from '#components/format/zone-fields.ts';

/** The time that lanes are drawn against, apart from React. Milliseconds since 1970. */
export interface Axis {
  readonly fromMs: number;
  readonly toMs: number;
}

const hour = 3_600_000;
const day = 24 * hour;

/** How much of the past is in sight. */
export const coverageSpans = [
  { key: '1h', label: '1 h', ms: hour },
  { key: '1d', label: '24 h', ms: day },
  { key: '7d', label: '7 d', ms: 7 * day },
  { key: '30d', label: '30 d', ms: 30 * day },
  { key: '90d', label: '90 d', ms: 90 * day },
] as const;
export type CoverageSpan = (typeof coverageSpans)[number]['key'];

/** The shortest span with everything that is recoverable in it; the longest where none holds it all. */
export function fittingSpan(ranges: readonly { from: string }[], nowMs: number): CoverageSpan {
  const first = ranges[0] === undefined ? nowMs : Date.parse(ranges[0].from);
  return (coverageSpans.find(({ ms }) => nowMs - first <= ms) ?? coverageSpans.at(-1)!).key;
}

/** Up to now and a little on, so that the safe edge stands apart from the end of the picture. */
export function axisOf(key: CoverageSpan, nowMs: number): Axis {
  const { ms } = coverageSpans.find((span) => span.key === key)!;
  return { fromMs: nowMs - ms, toMs: nowMs + ms / 60 };
}

/** 0 to 100, or beyond, of the axis. */
export const placeOn = ({ fromMs, toMs }: Axis, ms: number): number => ((ms - fromMs) / (toMs - fromMs)) * 100;

/** Where a span of time lies on the axis, cut to what is in sight; null: none of it is. */
export function spanOn(axis: Axis, from: string, to: string): { left: number; width: number } | null {
  const begin = Math.max(0, placeOn(axis, Date.parse(from)));
  const end = Math.min(100, placeOn(axis, Date.parse(to)));
  return end < begin ? null : { left: begin, width: end - begin };
}

export interface Tick {
  place: number;
  words: string;
  /** Names a day, where the others name hours. */
  day: boolean;
}

const steps = [hour / 6, hour, 2 * hour, 4 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day];
const mostTicks = 8;

/** Whole hours or days of the zone's own clock, oldest first, in the words of that zone. */
export function ticksOf(axis: Axis, zone: string): Tick[] {
  const step = steps.find((ms) => (axis.toMs - axis.fromMs) / ms <= mostTicks) ?? steps.at(-1)!;
  const ticks: Tick[] = [];
  for (let ms = alignDown(axis.toMs, step, zone); ms >= axis.fromMs; ms = alignDown(ms - 1, step, zone)) {
    const at = new Date(ms);
    const { hour: hours, minute } = zoneFields(at, zone);
    const isDay = hours === 0 && minute === 0;
    const style = isDay || step >= day ? 'day' : 'clock';
    const words = formatInstant(at, { zone, style });
    const named = style === 'day' ? words.replace(/ \d{4}$/, '') : words.slice(0, 5);
    ticks.unshift({ place: placeOn(axis, ms), words: named, day: isDay && step < day });
  }
  return ticks;
}

/** The last whole step of the zone's clock that is not later. */
function alignDown(ms: number, step: number, zone: string): number {
  const offsetAt = (at: number) => zoneFields(new Date(at), zone).offsetSeconds * 1000;
  const wall = ms + offsetAt(ms);
  const aligned = Math.floor(wall / step) * step;
  const guess = aligned - offsetAt(ms);
  // The clock may have been changed in between.
  const found = aligned - offsetAt(guess);
  return found <= ms ? found : guess;
}
