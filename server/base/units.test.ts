import { expect, test } from 'vitest';
import type { TidemarkError } from './error.ts';
import { exactDuration, exactSize, formatSize, parseDuration, parseSize } from './units.ts';

test('a size is said as screens say it: decimal units, three digits at most', () => {
  const said = [
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [39_636_173, '39.6 MB'],
    [268_435_456, '268 MB'],
    [1_500_000_000_000_000, '1,500 TB'],
  ] as const;
  expect(said.map(([bytes]) => formatSize(bytes))).toEqual(said.map(([, words]) => words));
});

test('a size is read in units of both kinds, and refused outside its range', () => {
  expect(['50MiB', '1.5 GB', '512KiB', '7B'].map((text) => parseSize(text))).toEqual([
    52_428_800, 1_500_000_000, 524_288, 7,
  ]);
  for (const text of ['50', '50 MiB/s', '-1MiB', 'MiB', '1EB']) expect(() => parseSize(text)).toThrow(/not a size/);
  expect(() => parseSize('1KiB', { min: 65_536 })).toThrow(/range/);
});

test('a duration outside its range is told the range as durations are written', () => {
  const hintOf = (text: string, range: { min?: number; max?: number }) => {
    try {
      return parseDuration(text, range);
    } catch (error) {
      return (error as TidemarkError).hint;
    }
  };
  expect(hintOf('1s', { min: 60_000, max: 604_800_000 })).toBe('Choose a duration from 1m to 7d.');
  expect(hintOf('1s', { min: 60_000 })).toBe('Choose 1m or more.');
});

test('a size and a duration that are written exactly are read back as they were', () => {
  for (const bytes of [1, 1_000, 1_024, 52_428_800, 1_000_001]) expect(parseSize(exactSize(bytes))).toBe(bytes);
  for (const ms of [1, 1_500, 60_000, 21_600_000, 90_000_000]) expect(parseDuration(exactDuration(ms))).toBe(ms);
  expect([exactSize(52_428_800), exactDuration(21_600_000)]).toEqual(['50MiB', '6h']);
});
