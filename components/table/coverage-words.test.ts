import { expect, test } from 'vitest';
import type { Coverage } from '#components/trpc/outputs.ts';
import { coverageKind, coverageRows, coverageTag, reasonToNow } from './coverage-words.ts';

const at = (hour: number) => `2026-11-20T${String(hour).padStart(2, '0')}:00:00.000Z`;
const nothing: Coverage = { ranges: [], gaps: [], safeUntil: null, backups: [], logs: [], problems: [] };
const backups = [{ id: 'a', at: at(1) }];
const range = (from: number, to: number) => ({ from: at(from), to: at(to) });
const gap = (from: number, to: number, reason = 'why') => ({ ...range(from, to), reason });

test.each([
  ['nothing', nothing, null],
  ['none', { ...nothing, backups, gaps: [gap(1, 9)] }, 'why'],
  ['live', { ...nothing, backups, ranges: [range(1, 2), range(3, 8)], gaps: [gap(2, 3)] }, null],
  ['ended', { ...nothing, backups, ranges: [range(1, 2)], gaps: [gap(2, 9)] }, 'why'],
  ['points', { ...nothing, backups, ranges: [range(1, 1), range(3, 3)], gaps: [gap(1, 3), gap(3, 9, 'last')] }, 'last'],
] as const)('a coverage is %s', (kind, coverage, reason) => {
  expect(coverageKind(coverage as Coverage)).toBe(kind);
  expect(reasonToNow(coverage as Coverage)).toBe(reason);
});

test('ranges and gaps follow each other, newest first, also where a range is one instant', () => {
  const coverage = { ...nothing, ranges: [range(1, 1), range(3, 5)], gaps: [gap(1, 3), gap(5, 9)] };
  expect(coverageRows(coverage).map(({ from, reason }) => [from, reason !== null])).toEqual([
    [at(5), true],
    [at(3), false],
    [at(1), true],
    [at(1), false],
  ]);
});

test('a log archive that stands still is no quiet green', () => {
  const live = { ...nothing, backups, ranges: [range(1, 8)], safeUntil: at(8) };
  expect(coverageTag(live, Date.parse(at(8)) + 5_000)).toMatchObject({ state: 'ok' });
  expect(coverageTag(live, undefined)).toMatchObject({ state: 'ok' });
  expect(coverageTag(live, Date.parse(at(9)))).toEqual({ word: 'The log archive is behind', state: 'warn' });
  expect(coverageTag({ ...live, gaps: [gap(8, 9)] }, Date.parse(at(9)))).toMatchObject({ state: 'bad' });
});
