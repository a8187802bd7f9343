import { TidemarkError } from './error.ts';

/** Durations as people write them, with ranges; inside they are plain numbers by name. */
const units: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const wanted = 'a duration such as 30s';

/** `"30s"` → milliseconds. Errors: `input/invalid` naming the bound. */
export function parseDuration(text: string, range: { min?: number; max?: number } = {}): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const unit = match ? units[match[2]!] : undefined;
  if (!match || unit === undefined) {
    throw new TidemarkError('input/invalid', `"${text}" is not ${wanted}`, {
      hint: `Write ${wanted}; units are ${Object.keys(units).join(', ')}.`,
    });
  }
  const value = Number(match[1]) * unit;
  const { min = 0, max = Number.POSITIVE_INFINITY } = range;
  if (value < min || value > max) {
    throw new TidemarkError('input/invalid', `"${text}" lies outside its range`, {
      hint: `Choose ${max === Number.POSITIVE_INFINITY ? `${exactDuration(min)} or more` : `a duration from ${exactDuration(min)} to ${exactDuration(max)}`}.`,
      context: { min, max },
    });
  }
  return value;
}

const sizes: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};

/** `"50MiB"` → bytes, a whole number. Errors: `input/invalid` naming the bound. */
export function parseSize(text: string, range: { min?: number; max?: number } = {}): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)$/.exec(text.trim());
  const unit = match ? sizes[match[2]!] : undefined;
  if (!match || unit === undefined) {
    throw new TidemarkError('input/invalid', `"${text}" is not a size such as 50MiB`, {
      hint: `Write a size such as 50MiB; units are ${Object.keys(sizes).join(', ')}.`,
    });
  }
  const value = Math.round(Number(match[1]) * unit);
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = range;
  if (value < min || value > max) {
    throw new TidemarkError('input/invalid', `"${text}" lies outside its range`, {
      hint: `Choose a size from ${formatSize(min)} to ${formatSize(max)}.`,
      context: { min, max },
    });
  }
  return value;
}

/** Bytes as messages say them: `994179` → `"971KiB"`, three digits at most, in the largest unit that leaves one or more. */
export function formatSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : Number(value.toPrecision(3))}${units[power]}`;
}

/** What parseSize reads back as the same number: `52428800` → `"50MiB"`, `1000001` → `"1000001B"`. */
export const exactSize = (bytes: number): string => exact(bytes, sizes);

/** What parseDuration reads back as the same number: `21600000` → `"6h"`. */
export const exactDuration = (ms: number): string => exact(ms, units);

function exact(value: number, named: Record<string, number>): string {
  const whole = Object.entries(named).filter(([, size]) => size <= value && value % size === 0);
  const [unit, size] = whole.sort((a, b) => b[1] - a[1])[0] ?? Object.entries(named)[0]!;
  return `${value / size}${unit}`;
}
