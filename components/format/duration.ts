/** Spans of time as words. Milliseconds in. */

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Exact enough to compare: `"0.4 s"`, `"12 s"`, `"1 m 44 s"`, `"12 h 4 m"`, `"3 d 4 h"`; the two largest units. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 950) return ms === 0 ? '0 s' : `${Math.max(1, Math.round(ms / 100)) / 10} s`;
  const seconds = Math.round(ms / second);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return two(seconds, 60, 'm', 's');
  const minutes = Math.round(ms / minute);
  if (minutes < 24 * 60) return two(minutes, 60, 'h', 'm');
  return two(Math.round(ms / hour), 24, 'd', 'h');
}

/** Below a second in milliseconds, where these are what is asked for: `"12 ms"`, `"0 ms"`; above as formatDuration. */
export const shortSpan = (ms: number): string => (ms < 1_000 ? `${Math.round(ms)} ms` : formatDuration(ms));

/** Rough and short, one unit, cut not rounded: `"12 s"`, `"39 min"`, `"31 h"` (up to two days), `"16 d"`. */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 0) return `−${formatAge(-ms)}`;
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
}

/** `"9 h ago"`, `"in 5 min"`, `"just now"` (within a second, either way). */
export function formatAgo(at: Date, now: Date): string {
  const ms = now.getTime() - at.getTime();
  if (Number.isNaN(ms)) return '–';
  if (Math.abs(ms) < second) return 'just now';
  return ms > 0 ? `${formatAge(ms)} ago` : `in ${formatAge(-ms)}`;
}

/** An estimate is a range in one unit: `"40–70 s"`, `"6–8 min"`; one figure when both ends read the same. */
export function formatEstimate(fromMs: number, toMs: number): string {
  const [low, high] = fromMs <= toMs ? [fromMs, toMs] : [toMs, fromMs];
  if (!Number.isFinite(low) || !Number.isFinite(high)) return '–';
  const [size, unit] = high < 2 * minute ? [second, 's'] : high < 2 * hour ? [minute, 'min'] : [hour, 'h'];
  // The lower end is cut and the upper rounded up: an estimate may be wide, it may not promise too much.
  const from = Math.floor(low / size);
  const to = Math.ceil(high / size);
  return from === to ? `${to} ${unit}` : `${from}–${to} ${unit}`;
}

function two(total: number, per: number, large: string, small: string): string {
  const rest = total % per;
  const head = `${Math.floor(total / per)} ${large}`;
  return rest === 0 ? (large === 'm' ? `${head}in` : head) : `${head} ${rest} ${small}`;
}
