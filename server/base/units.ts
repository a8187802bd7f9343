import { TidemarkError } from './error.ts';

/** Sizes and durations as people write them (`64MiB`, `30s`), with ranges; inside they are plain numbers by name. */
const sizeUnits = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;
const timeUnits = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `"64MiB"` → bytes. Errors: `input/invalid` naming the bound. */
export function parseSize(text: string, range: { min?: number; max?: number } = {}): number {
  return parseWith(text, sizeUnits, 'a size such as 64MiB', range);
}

/** `"30s"` → milliseconds. Errors: `input/invalid` naming the bound. */
export function parseDuration(text: string, range: { min?: number; max?: number } = {}): number {
  return parseWith(text, timeUnits, 'a duration such as 30s', range);
}

function parseWith(
  text: string,
  units: Record<string, number>,
  wanted: string,
  range: { min?: number; max?: number },
): number {
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
      hint: `Choose a value from ${min} to ${max} (${Object.keys(units)[0]}).`,
      context: { min, max },
    });
  }
  return value;
}
