/** Where pins lie on the axis, apart from React. */
export interface Pin<T> {
  /** 0 to 100, of the axis. */
  place: number;
  /** Newest first; more than one where pins would touch. */
  items: T[];
}

/** Share of the axis within which pins are one. */
const touching = 2;

/** Pins of what happened from `from` to `to`, oldest first; those that would touch merge into one with a count. */
export function pinsOf<T extends { at: Date }>(items: readonly T[], from: Date, to: Date): Pin<T>[] {
  const span = Math.max(1, to.getTime() - from.getTime());
  const pins: Pin<T>[] = [];
  for (const item of [...items].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const place = ((item.at.getTime() - from.getTime()) / span) * 100;
    if (place < 0 || place > 100) continue;
    const last = pins.at(-1);
    if (last && place - last.place < touching) last.items.unshift(item);
    else pins.push({ place, items: [item] });
  }
  return pins;
}

const hour = 3_600_000;
export const spans = [
  { key: '1d', label: '24 h', ms: 24 * hour },
  { key: '7d', label: '7 d', ms: 7 * 24 * hour },
  { key: '30d', label: '30 d', ms: 30 * 24 * hour },
  { key: '90d', label: '90 d', ms: 90 * 24 * hour },
] as const;
export type SpanKey = (typeof spans)[number]['key'];

/** The shortest span that shows at least two of them, so that there is something to choose from. */
export function fittingSpan(items: readonly { at: Date }[], now: Date): SpanKey {
  const wanted = Math.min(2, items.length);
  const fits = spans.find(({ ms }) => items.filter(({ at }) => now.getTime() - at.getTime() <= ms).length >= wanted);
  return (fits ?? spans.at(-1)!).key;
}
