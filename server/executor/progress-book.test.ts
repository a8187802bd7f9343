import { expect, test } from 'vitest';
import type { Attempt } from '#server/command/attempt.ts';
import { fragmentProgress } from '#server/command/restore/fragment-progress.ts';
import type { ProgressReport } from '#server/contract/job.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import { createProgressBook } from './progress-book.ts';

const rows = (table: string, fragment: string | null, done: number, total: number | null): ProgressReport => ({
  table,
  fragment,
  phase: 'rows',
  state: done === total ? 'done' : 'running',
  rowsDone: done,
  rowsTotal: total,
  bytesDone: done * 10,
  bytesTotal: total === null ? null : total * 10,
});

test('a table is the sum of its fragments, and a node the sum of what lies on it', () => {
  const book = createProgressBook(1);
  book.report(rows('t', 's1/a/t_0', 5, 10));
  book.report(rows('t', 's2/a/t_1', 10, 10));
  const taken = book.take(0)!;
  expect(taken.tables).toMatchObject([{ table: 't', state: 'running', rows: 15, bytes: 150 }]);
  expect(taken.progress).toMatchObject({ rowsDone: 15, rowsTotal: 20, bytesDone: 150, bytesTotal: 200 });
  expect(taken.progress.nodes).toMatchObject([
    { node: 's1', rowsDone: 5, bytesTotal: 100 },
    { node: 's2', rowsDone: 10, bytesTotal: 100 },
  ]);
});

test('a log is read as far as that of the fragment furthest behind', () => {
  const book = createProgressBook(1);
  const read = (fragment: string, minute: number) =>
    book.report({ ...rows('t', fragment, 0, null), phase: 'log', logTime: `2026-11-20T10:0${minute}:00.000Z` });
  read('s1/a/t_0', 5);
  read('s2/a/t_1', 3);
  expect(book.take(0)!.tables[0]!.phases.log).toMatchObject({
    logTime: '2026-11-20T10:03:00.000Z',
    fragments: { 's1/a/t_0': { logTime: '2026-11-20T10:05:00.000Z' } },
  });
  expect(book.take(1)).toBeNull();
});

test('totals stay unknown while a table has not begun', () => {
  const book = createProgressBook(2);
  book.report(rows('t', null, 10, 10));
  expect(book.take(0)!.progress).toMatchObject({ rowsDone: 10, rowsTotal: null, etaMs: null, tables: { total: 2 } });
});

test('only tables that changed are taken, and what could not be written is taken again', () => {
  const book = createProgressBook(2);
  book.report(rows('a', null, 1, 10));
  book.report(rows('b', null, 1, 10));
  expect(book.take(0)!.tables.map(({ table }) => table)).toEqual(['a', 'b']);
  expect(book.take(500)).toBeNull();
  book.report(rows('b', null, 2, 10));
  book.putBack(['a']);
  expect(
    book
      .take(1_000)!
      .tables.map(({ table }) => table)
      .sort(),
  ).toEqual(['a', 'b']);
});

test('the rate is of the last seconds and tells when the work will be done', () => {
  const book = createProgressBook(1);
  book.report(rows('t', 's1/a/t', 0, 1_000));
  expect(book.take(0)!.progress.bytesPerSecond).toBeNull();
  book.report(rows('t', 's1/a/t', 100, 1_000));
  expect(book.take(1_000)!.progress).toMatchObject({ rowsPerSecond: 100, bytesPerSecond: 1_000, etaMs: 9_000 });
  book.report(rows('t', 's1/a/t', 100, 1_000));
  // Long after, the quick beginning no longer counts.
  expect(book.take(60_000)!.progress.bytesPerSecond).toBeNull();
});

test('nothing is told of what is left once all bytes are there: indexes and comparing have no rate of bytes', () => {
  const book = createProgressBook(1);
  book.report(rows('t', 's1/a/t', 0, 1_000));
  book.take(0);
  book.report(rows('t', 's1/a/t', 1_000, 1_000));
  expect(book.take(1_000)!.progress).toMatchObject({ bytesPerSecond: 10_000, etaMs: null });
});

test('a table is done with its last phase, and failed with any', () => {
  const book = createProgressBook(2);
  book.report({ ...rows('a', null, 10, 10), phase: 'publish' });
  book.report({ ...rows('b', null, 10, 10), phase: 'indexes', state: 'failed' });
  expect(book.take(0)!.progress.tables).toEqual({ total: 2, done: 1, failed: 1 });
});

test('what forty thousand tables on one node do is added up in a moment', () => {
  const book = createProgressBook(40_000);
  for (let n = 0; n < 40_000; n++) book.report(rows(`t${n}`, `s1/a/t${n}`, 1, 1));
  const before = performance.now();
  expect(book.take(0)!.progress.nodes).toMatchObject([{ node: 's1', rowsDone: 40_000 }]);
  // It holds up this process, the renewal of its leases too. Copying per table took half a minute.
  expect(performance.now() - before).toBeLessThan(3_000);
});

test('a table of twenty thousand fragments is told piece by piece in a moment', () => {
  const book = createProgressBook(1);
  const before = performance.now();
  for (let n = 0; n < 20_000; n++) book.report(rows('t', `s${n % 8}/a/t_${n}`, 1, 2));
  for (let n = 0; n < 20_000; n++) book.report(rows('t', `s${n % 8}/a/t_${n}`, 2, 2));
  expect(book.take(0)!.tables).toMatchObject([{ rows: 40_000 }]);
  // Copying all fragments for each report took minutes.
  expect(performance.now() - before).toBeLessThan(2_000);
});

test('what was taken does not change while it is written', () => {
  const book = createProgressBook(1);
  book.report(rows('t', 's1/a/t_0', 1, 10));
  const { tables } = book.take(0)!;
  const before = structuredClone(tables);
  book.report(rows('t', 's1/a/t_0', 2, 10));
  book.report(rows('t', 's1/a/t_1', 2, 10));
  expect(tables).toEqual(before);
});

test('steps, signs of nodes and the longest wait are told when nothing else moved, and a step ends with the next', () => {
  const book = createProgressBook(1);
  book.step('cut', new Date(0));
  book.step('rows', new Date(1_000));
  book.writerWaited(7);
  book.writerWaited(3);
  const sign = { node: 's1', replica: null, snapshotAt: null, snapshotUntil: null, historyBefore: 5, waitedMs: 0 };
  book.signs({ ...sign, history: [5], waitsBecause: null });
  book.signs({ ...sign, history: [5, 9], waitsBecause: 'busy' });
  const { progress } = book.take(0)!;
  expect(progress.steps?.map(({ step, endedAt }) => [step, endedAt])).toEqual([
    ['cut', '1970-01-01T00:00:01.000Z'],
    ['rows', null],
  ]);
  expect(progress.signs).toMatchObject([{ node: 's1', history: [5, 9], waitsBecause: 'busy' }]);
  expect(progress.longestWriterWaitMs).toBe(7);
  expect(book.take(1)).toBeNull();
  book.endSteps(new Date(3_000));
  expect(book.take(2)!.progress.steps?.at(-1)?.endedAt).toBe('1970-01-01T00:00:03.000Z');
});

test('a restore that is cancelled with one fragment loaded has failed nowhere, and its totals are those of the plan', () => {
  const { book, stop, first, second } = twoFragments();
  for (const phase of ['definition', 'rows', 'indexes', 'compare'] as const) {
    first.phase(phase);
    if (phase === 'rows' || phase === 'compare') first.add(499_965, 4_999_650);
  }
  first.done();
  second.phase('definition');
  stop.abort();
  second.failed();
  const { progress, tables } = book.take(0)!;
  expect(progress).toMatchObject({ rowsDone: 499_965, rowsTotal: 1_000_028, tables: { total: 1, done: 0, failed: 0 } });
  const [table] = tables;
  expect(table!.state).toBe('running');
  expect(Object.values(table!.phases).map(({ state }) => state)).toEqual(['running', 'running', 'running', 'running']);
});

test('a fragment that fails of itself fails its table', () => {
  const { book, first } = twoFragments();
  first.phase('definition');
  first.failed();
  expect(book.take(0)!.tables).toMatchObject([{ state: 'failed', phases: { rows: { state: 'waiting' } } }]);
});

/** A table without a log, of 499,965 and 500,063 rows. */
function twoFragments() {
  const book = createProgressBook(1);
  const stop = new AbortController();
  const attempt = { report: book.report, cancellation: { stop: stop.signal } } as unknown as Attempt;
  const place = (node: string, rows: number) => ({
    ...{ index: 0, target: { node, database: 'a', table: 't' } },
    ...{ rows, rawBytes: rows * 10 },
  });
  const places = [place('s1', 499_965), place('s2', 500_063)];
  const table = { source: 't', log: null, fragments: places } as unknown as PlanTable;
  const [first, second] = places.map((one) => fragmentProgress(attempt, table, one as PlanTable['fragments'][number]));
  return { book, stop, first: first!, second: second! };
}
