import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TableCoverage } from './coverage.ts';
import { nearestPoints, refuseUncovered } from './nearest-points.ts';

const start = Date.parse('2026-11-20T10:00:00Z');
const iso = (minute: number) => new Date(start + minute * 60_000).toISOString();
const purged = 'binlog of shard s1 was purged before it was archived';

const coverage: TableCoverage = {
  ranges: [
    { from: iso(10), to: iso(20) },
    { from: iso(30), to: iso(40) },
  ],
  gaps: [{ from: iso(20), to: iso(30), reason: purged }],
  safeUntil: iso(40),
};
const ended: TableCoverage = {
  ...coverage,
  gaps: [...coverage.gaps, { from: iso(40), to: iso(60), reason: 'ALTER TABLE' }],
};
const none: TableCoverage = { ranges: [], gaps: [], safeUntil: null };

describe('an instant is told where it lies, with the nearest recoverable ones', () => {
  test.each([
    ['the ends of a range are in it', coverage, 20, 'in-range', null, null, null],
    ['before the first range', coverage, 5, 'before-earliest', null, 10, null],
    ['in a gap', coverage, 21, 'in-gap', 20, 30, purged],
    ['after the moving edge', coverage, 41, 'not-archived-yet', 40, null, null],
    ['after the last range, where nothing moves', ended, 50, 'in-gap', 40, null, 'ALTER TABLE'],
    ['later than the gap that reaches to now', ended, 99, 'in-gap', 40, null, 'ALTER TABLE'],
    ['without any range', none, 50, 'nowhere', null, null, null],
  ] as const)('%s', (_, of, minute, where, before, after, reason) => {
    const at = (wanted: number | null) => (wanted === null ? null : iso(wanted));
    expect(nearestPoints(of, iso(minute))).toEqual({ where, before: at(before), after: at(after), reason });
  });

  test('a gap before the first range, as behind a backup whose rows are of several instants', () => {
    const late: TableCoverage = { ...coverage, gaps: [{ from: iso(5), to: iso(10), reason: 'several' }] };
    expect(nearestPoints(late, iso(7))).toEqual({ where: 'in-gap', before: null, after: iso(10), reason: 'several' });
    expect(nearestPoints(late, iso(4)).where).toBe('before-earliest');
    expect(nearestPoints(late, iso(50))).toMatchObject({ where: 'not-archived-yet', before: iso(40), reason: null });
    const only: TableCoverage = { ranges: [], gaps: late.gaps, safeUntil: null };
    expect(nearestPoints(only, iso(7))).toMatchObject({ where: 'nowhere', reason: 'several' });
  });

  test('offsets are read as instants', () => {
    expect(nearestPoints(coverage, '2026-11-20T11:15:00+01:00').where).toBe('in-range');
    expect(nearestPoints(coverage, '2026-11-20T10:15:00+01:00').where).toBe('before-earliest');
  });

  test('what is named as nearest can be restored, and nothing between it and the instant can', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 12 });
    fc.assert(
      fc.property(minutes, fc.integer({ min: -5, max: 70 }), (ends, asked) => {
        const sorted = ends.sort((a, b) => a - b).slice(0, ends.length - (ends.length % 2));
        const ranges = Array.from({ length: sorted.length / 2 }, (_, index) => ({
          from: iso(sorted[index * 2]!),
          to: iso(sorted[index * 2 + 1]!),
        }));
        const of: TableCoverage = { ranges, gaps: [], safeUntil: ranges.at(-1)!.to };
        const inside = (minute: number) => ranges.some(({ from, to }) => from <= iso(minute) && iso(minute) <= to);
        const found = nearestPoints(of, iso(asked));
        expect(found.where === 'in-range').toBe(inside(asked));
        if (found.where === 'in-range') return;
        for (const [near, step] of [
          [found.before, -1],
          [found.after, 1],
        ] as const) {
          let minute = asked;
          while (minute >= -5 && minute <= 70 && !inside(minute)) minute += step;
          expect(near).toBe(inside(minute) ? iso(minute) : null);
        }
      }),
    );
  });
});

test('a refusal names the bound and the nearest instants, in text and as data', () => {
  const refusalOf = (of: TableCoverage, minute: number, stoppedArchive: string | null = null) => {
    try {
      refuseUncovered(of, 'shop.orders', iso(minute), stoppedArchive);
      return null;
    } catch (error) {
      const { code, message, hint, context } = error as Record<string, unknown>;
      return { code, message, hint, context };
    }
  };
  expect(refusalOf(coverage, 15)).toBeNull();
  expect(refusalOf(coverage, 5)).toMatchObject({
    code: 'restore/before-earliest',
    message: `${iso(5)} lies before ${iso(10)}, the earliest instant that shop.orders can be brought back to`,
    context: { table: 'shop.orders', at: iso(5), before: null, after: iso(10), reason: null },
  });
  expect(refusalOf(coverage, 25)).toEqual({
    code: 'restore/in-gap',
    message: `shop.orders cannot be brought back to ${iso(25)}: ${purged}`,
    hint: `The nearest instants that can be restored are ${iso(20)} and ${iso(30)}.`,
    context: { table: 'shop.orders', at: iso(25), before: iso(20), after: iso(30), reason: purged },
  });
  expect(refusalOf(coverage, 45)).toMatchObject({
    code: 'restore/not-archived-yet',
    message: `${iso(45)} lies after ${iso(40)}, up to where the log behind shop.orders is archived`,
    hint: expect.stringMatching(`${iso(40)}.*moves on`),
  });
  expect(refusalOf(coverage, 45, 'bank')).toMatchObject({
    code: 'restore/not-archived-yet',
    message: expect.stringContaining('the log archive is stopped'),
    hint: `The nearest instant that can be restored is ${iso(40)}. For a later one, start the archive again: tidemark archive start bank`,
  });
  expect(refusalOf(none, 45)).toMatchObject({ code: 'restore/nothing-recoverable' });
});
