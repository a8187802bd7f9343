import { formatCount, scaled } from './number.ts';

/** Bytes as words, in decimal units as disks and bills count them: 1 MB is 1,000,000 bytes. */

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'];

/** `26800000000` → `"26.8 GB"`, `84` → `"84 B"`; tenths below 100 of a unit. Not a number: `"–"`. */
export function formatBytes(bytes: number | bigint): string {
  const value = Number(bytes);
  if (!Number.isFinite(value)) return '–';
  return `${value < 0 ? '−' : ''}${scaled(Math.abs(value), units, 1)}`;
}

/** How far: `"9.1 of 26.8 GB"`, both in the unit of the whole, or each in its own when the part would read as 0. */
export function formatBytesOf(done: number | bigint, total: number | bigint): string {
  const whole = formatBytes(total);
  const unit = whole.split(' ')[1] ?? 'B';
  const power = Math.max(0, units.indexOf(unit));
  const part = Math.round((Number(done) / 1000 ** power) * 10) / 10;
  if (Number(done) > 0 && part === 0) return `${formatBytes(done)} of ${whole}`;
  return `${part >= 100 ? formatCount(Math.round(part)) : part} of ${whole}`;
}

/** Bytes per second: `"31 MB/s"`. */
export function formatByteRate(bytesPerSecond: number): string {
  const text = formatBytes(bytesPerSecond);
  return text === '–' ? text : `${text}/s`;
}

/** Things per second: `formatRate(5310, 'row')` → `"5,310 rows/s"`; below ten with a tenth. */
export function formatRate(perSecond: number, one: string, many = `${one}s`): string {
  if (!Number.isFinite(perSecond)) return '–';
  const tenth = Math.round(perSecond * 10) / 10;
  const text = tenth > 0 && tenth < 10 ? String(tenth) : formatCount(Math.round(perSecond));
  return `${text} ${text === '1' ? one : many}/s`;
}
