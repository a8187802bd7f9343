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
      hint: `Choose ${max === Number.MAX_SAFE_INTEGER ? `${exactSize(min)} or more` : `a size from ${exactSize(min)} to ${exactSize(max)}`}.`,
      context: { min, max },
    });
  }
  return value;
}

/**
 * Bytes as messages say them, which is as screens do: `994179` → `"994 kB"`, `39636173` → `"39.6 MB"`, three digits at most
 * below 1,000 TB. Not for what people are to write: that is exactSize.
 */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const shown = (power: number) => {
    const value = bytes / 1000 ** power;
    return power === 0 || value >= 99.95 ? Math.round(value) : Math.round(value * 10) / 10;
  };
  const power = units.findIndex((_, at) => at === units.length - 1 || shown(at) < 1000);
  return `${shown(power).toLocaleString('en')} ${units[power]}`;
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
