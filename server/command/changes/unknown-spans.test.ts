import { expect, test } from 'vitest';
import { type ReadPart, unknownSpans } from './unknown-spans.ts';

const start = Date.parse('2026-11-20T10:00:00Z');
const iso = (minute: number, ms = 0) => new Date(start + minute * 60_000 + ms).toISOString();
const asked = { node: 's1', fromMs: start, toMs: start + 60 * 60_000 };
const changes = { minutes: [], groups: [], statementMinutes: [], listedAbove: 0, leftOutFrom: null };

/** Ten minutes of log each. */
const part = (sequence: number, more: Partial<ReadPart> & { gap?: string } = {}): ReadPart => {
  const [firstMs, lastMs] = [start + sequence * 600_000, start + sequence * 600_000 + 540_000];
  const facts = { sequence, firstMs, lastMs, endMs: lastMs + 999, gap: more.gap ?? null };
  return { sequence, piece: null, facts, changes, problem: null, ...more };
};

test('of a log without a hole everything is known', () => {
  expect(
    unknownSpans(
      [0, 1, 2, 3].map((sequence) => part(sequence)),
      asked,
    ),
  ).toEqual([]);
});

test('each thing that is missing is said with its reason and its span, and cut to what was asked', () => {
  const purged = 'the server removed files before they were archived';
  expect(unknownSpans([part(0), part(1, { gap: purged })], asked)).toEqual([
    { node: 's1', from: iso(9), to: iso(10), reason: purged },
  ]);
  expect(unknownSpans([part(0), part(3)], asked)).toEqual([
    {
      node: 's1',
      from: iso(9),
      to: iso(30),
      reason: 'segments 1 to 2 of the log of node s1 are missing on the destination',
    },
  ]);
  expect(unknownSpans([part(0), part(1, { changes: null, problem: 'it is damaged' }), part(2)], asked)).toEqual([
    {
      node: 's1',
      from: iso(10),
      to: iso(19, 999),
      reason: 'segment 1 of the log of node s1 cannot be used: it is damaged',
    },
  ]);
  const lost = part(1, { facts: null, changes: null, problem: 'its seal is damaged' });
  expect(unknownSpans([part(0), lost, part(2)], asked)).toMatchObject([{ from: iso(9), to: iso(20) }]);
  expect(unknownSpans([part(0), lost], asked)).toMatchObject([{ from: iso(9), to: iso(60) }]);
  expect(unknownSpans([part(0), part(1, { gap: purged })], { ...asked, fromMs: start + 11 * 60_000 })).toEqual([]);
});

test('statements that an index does not list are said to be missing, and only they', () => {
  const more = part(1, { changes: { ...changes, leftOutFrom: start / 1000 + 900 } });
  expect(unknownSpans([part(0), more], asked)).toMatchObject([
    { from: iso(15), reason: expect.stringContaining('changes of rows are counted all the same') },
  ]);
});
