import { expect, test } from 'vitest';
import type { CoverageView } from '#server/contract/coverage.ts';
import { aroundWords, judgeInstant, judgeLatest, judgeTransaction, type PointFacts } from './point-words.ts';

const at = (clock: string) => `2026-11-20T${clock}.000Z`;
const coverage: CoverageView = {
  ranges: [
    { from: at('10:00:00'), to: at('10:30:00') },
    { from: at('11:00:00'), to: at('12:00:00') },
  ],
  gaps: [{ from: at('10:30:00'), to: at('11:00:00'), reason: 'the log of node s1 was purged' }],
  safeUntil: at('12:00:00'),
  ...{ backups: [], logs: [], problems: [] },
};
const facts: PointFacts = {
  coverage,
  backups: [
    { startedAt: new Date(at('10:58:00')), at: new Date(at('11:20:00')), finishedAt: new Date(at('11:25:00')) },
  ],
  lastCommit: at('11:50:00'),
  now: new Date(at('12:00:05')),
};
const judge = (clock: string, more: Partial<PointFacts> = {}) => judgeInstant(at(clock), { ...facts, ...more });

test('each place a point can lie in has its own words', () => {
  expect(judge('10:10:00')).toMatchObject({ word: 'Recoverable', possible: true });
  expect(judge('11:10:00')).toMatchObject({ word: 'Inside a backup', possible: true, instants: [at('11:20:00')] });
  expect(judge('11:55:00')).toMatchObject({
    word: 'After the last commit',
    possible: true,
    instants: [at('11:50:00')],
  });
  expect(judge('09:00:00')).toMatchObject({ possible: false, nearest: [at('10:00:00')] });
  expect(judge('10:45:00')).toMatchObject({
    ...{ possible: false, means: 'The log of node s1 was purged.' },
    nearest: [at('10:30:00'), at('11:00:00')],
  });
  expect(judge('12:00:04').means).toContain('moves on');
  expect(judge('13:00:00').means).toBe('It has not come yet.');
});

test('a transaction in the second of a bound is not refused here, and one far from it is', () => {
  const word = (clock: string) => judgeTransaction(at(clock), facts).word;
  expect(['09:59:59', '10:00:00', '10:30:02', '10:45:00', '09:00:00'].map(word)).toEqual([
    ...['Recoverable', 'Recoverable', 'Recoverable', 'Not recoverable', 'Not recoverable'],
  ]);
});

test('a table without a backup has no point, and what is not known yet is not called impossible', () => {
  expect(judge('10:10:00', { coverage: { ...coverage, ranges: [], gaps: [], safeUntil: null } })).toMatchObject({
    ...{ possible: false, means: 'No backup holds the table.' },
  });
  expect(judge('10:10:00', { coverage: undefined })).toMatchObject({ possible: true, state: 'unknown' });
});

test('a transaction of the second in which the only backup was taken is recoverable, however short the range behind it', () => {
  const ranges = [{ from: '2026-11-20T10:00:00.412Z', to: '2026-11-20T10:00:00.907Z' }];
  const young = { ...facts, coverage: { ...coverage, ranges, gaps: [], safeUntil: ranges[0]!.to } };
  expect(judgeTransaction(at('10:00:00'), young)).toMatchObject({ possible: true });
  expect(judgeTransaction(at('09:59:00'), young)).toMatchObject({ possible: false });
});

test('latest says how far it goes, and why no further', () => {
  expect(judgeLatest(facts)).toMatchObject({ state: 'ok', instants: [at('12:00:00')] });
  const ended = { from: at('12:00:00'), to: at('13:00:00'), reason: 'ALTER TABLE changed the definition' };
  const stopped = judgeLatest({ ...facts, coverage: { ...coverage, gaps: [...coverage.gaps, ended] } });
  expect(stopped).toMatchObject({ state: 'warn', possible: true });
  expect(stopped.means).toContain('ALTER TABLE changed the definition');
});

test('what a point around a transaction means is a sentence, whatever the transaction did', () => {
  const none = { inserts: 0, updates: 0, deletes: 0, statement: null };
  const words = (one: Parameters<typeof aroundWords>[1]) => [aroundWords(true, one), aroundWords(false, one)];
  expect(words({ ...none, inserts: 1_200, deletes: 3 })).toEqual([
    'Everything committed before it comes back; its +1,200 −3 rows and all later changes do not.',
    'It comes back with its +1,200 −3 rows; later changes do not.',
  ]);
  expect(words({ ...none, statement: 'CREATE TABLE t (i int)' })).toEqual([
    'Everything committed before it comes back; its statement and all later changes do not.',
    'It comes back with its statement; later changes do not.',
  ]);
  expect(words(undefined)[1]).toBe('It comes back with what it changed; later changes do not.');
});
