/** Counts as words: thousands with commas, a real minus sign, never a rounding that says "all" too early. */

export type Count = number | bigint;

/** `1204106` → `"1,204,106"`; `-48211` → `"−48,211"`. Fractions are cut. Not a number: `"–"`. */
export function formatCount(count: Count): string {
  if (typeof count === 'number' && !Number.isFinite(count)) return '–';
  const whole = typeof count === 'bigint' ? count : BigInt(Math.trunc(count));
  const digits = (whole < 0n ? -whole : whole).toString().replace(/\B(?=(\d{3})+$)/g, ',');
  return whole < 0n ? `−${digits}` : digits;
}

/** With its sign always: `"+12,480"`, `"−48,211"`, `"0"`. */
export function formatSigned(count: Count): string {
  const text = formatCount(count);
  return count > 0 && text !== '0' ? `+${text}` : text;
}

/** For axes: `50000` → `"50 k"`, `1500000` → `"1.5 M"`, `950` → `"950"`. Three digits at most. */
export function formatCompact(count: Count): string {
  const value = Number(count);
  if (!Number.isFinite(value)) return '–';
  return `${value < 0 ? '−' : ''}${scaled(Math.abs(value), ['', 'k', 'M', 'G', 'T', 'P'], 1)}`.trim();
}

/** A share from 0 to 1: `0.743` → `"74 %"`. 100 % means all of it, 0 % means none; between them 1 to 99. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  if (share <= 0) return share < 0 ? `−${formatPercent(-share)}` : '0 %';
  if (share < 0.01) return '<1 %';
  // 0.29 × 100 is 28.999… in binary; a hair more keeps the percent that was meant.
  return `${share < 1 ? Math.min(99, Math.floor(share * 100 + 1e-9)) : Math.floor(share * 100 + 1e-9)} %`;
}

/** `plural(4, 'table')` → `"4 tables"`; `plural(1n, 'entry', 'entries')` → `"1 entry"`. */
export function plural(count: Count, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 || count === 1n ? one : many}`;
}

/**
 * Three digits at most and a unit of `units`, each a thousand times the one before; `wholeBelow` is the index from
 * which tenths are allowed. Shared with bytes; `value` is zero or more.
 */
export function scaled(value: number, units: readonly string[], tenthsFrom: number): string {
  let unit = 0;
  let rest = value;
  const shown = () => (unit < tenthsFrom || rest >= 99.95 ? Math.round(rest) : Math.round(rest * 10) / 10);
  while (shown() >= 1000 && unit < units.length - 1) {
    rest /= 1000;
    unit += 1;
  }
  return `${formatTenths(shown())} ${units[unit]}`;
}

function formatTenths(value: number): string {
  const [whole = '0', tenths] = String(value).split('.');
  return tenths === undefined ? formatCount(Number(whole)) : `${formatCount(Number(whole))}.${tenths}`;
}
