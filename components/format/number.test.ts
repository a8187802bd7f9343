import { expect, test } from 'vitest';
import { formatByteRate, formatBytes, formatBytesOf, formatRate } from '#components/format/bytes.ts';
import { formatCompact, formatCount, formatPercent, formatSigned, plural } from '#components/format/number.ts';

test('counts carry commas and a real minus sign, exactly, past 2^53 too', () => {
  expect(formatCount(1_204_106)).toBe('1,204,106');
  expect(formatCount(-48_211)).toBe('−48,211');
  expect(formatCount(0)).toBe('0');
  expect(formatCount(-0.4)).toBe('0');
  expect(formatCount(18_446_744_073_709_551_615n)).toBe('18,446,744,073,709,551,615');
  expect(formatCount(-1000n)).toBe('−1,000');
  expect(formatCount(Number.NaN)).toBe('–');
});

test('a signed count shows both signs and none on zero', () => {
  expect([12_480, -48_211n, 0, 0n].map(formatSigned)).toEqual(['+12,480', '−48,211', '0', '0']);
});

test('axis numbers have three digits at most and carry into the next unit', () => {
  expect([0, 950, 999.6, 50_000, 1_500_000, 999_960, -25_000].map(formatCompact)).toEqual([
    '0',
    '950',
    '1 k',
    '50 k',
    '1.5 M',
    '1 M',
    '−25 k',
  ]);
});

test('a percentage says 100 only for all and 0 only for none', () => {
  expect([0, 0.004, 0.29, 0.743, 0.9999, 1, 1.5].map(formatPercent)).toEqual([
    '0 %',
    '<1 %',
    '29 %',
    '74 %',
    '99 %',
    '100 %',
    '150 %',
  ]);
});

test('one is singular, everything else plural', () => {
  expect([plural(1, 'table'), plural(1n, 'entry', 'entries'), plural(0, 'table'), plural(1_162_904n, 'row')]).toEqual([
    '1 table',
    '1 entry',
    '0 tables',
    '1,162,904 rows',
  ]);
});

test('bytes are decimal with tenths below a hundred, and carry into the next unit', () => {
  expect(formatBytes(26_800_000_000)).toBe('26.8 GB');
  expect(formatBytes(84_000_000_000)).toBe('84 GB');
  expect(formatBytes(512)).toBe('512 B');
  expect(formatBytes(999_960)).toBe('1 MB');
  expect(formatBytes(99_960)).toBe('100 kB');
  expect(formatBytes(0n)).toBe('0 B');
  expect(formatBytes(-1_500)).toBe('−1.5 kB');
  expect(formatBytes(12_345_678_901_234_567_890_123n)).toBe('12,346 EB');
  expect(formatBytes(Number.POSITIVE_INFINITY)).toBe('–');
});

test('a part of a whole is told in the unit of the whole, unless that would hide it', () => {
  expect(formatBytesOf(9_100_000_000, 26_800_000_000)).toBe('9.1 of 26.8 GB');
  expect(formatBytesOf(0, 26_800_000_000)).toBe('0 of 26.8 GB');
  expect(formatBytesOf(12_000, 26_800_000_000)).toBe('12 kB of 26.8 GB');
  expect(formatBytesOf(150_000_000n, 210_000_000n)).toBe('150 of 210 MB');
});

test('rates name their unit', () => {
  expect(formatByteRate(31_000_000)).toBe('31 MB/s');
  expect([5310, 1, 0.26, 0].map((rate) => formatRate(rate, 'row'))).toEqual([
    '5,310 rows/s',
    '1 row/s',
    '0.3 rows/s',
    '0 rows/s',
  ]);
});
