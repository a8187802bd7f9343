import { expect, test } from 'vitest';
import { eventLine, progressLine } from './progress-line.ts';

test('a job says its tables, rows, bytes, and while it runs its rate and rest, as far as they are known', () => {
  const progress = {
    tables: { total: 5, done: 2, failed: 1 },
    rowsDone: 1_200,
    rowsTotal: 4_000,
    bytesDone: 9_100_000,
    bytesTotal: 26_800_000,
    rowsPerSecond: null,
    bytesPerSecond: 31_000_000,
    etaMs: 12_000,
    nodes: [],
  };
  expect(progressLine({ number: 12, state: 'running', progress })).toBe(
    '#12 running · 3 of 5 tables · 1 failed · 1,200 of 4,000 rows · 9.1 of 26.8 MB · 31 MB/s · 12 s left',
  );
  expect(progressLine({ number: 12, state: 'cancelled', progress })).toBe(
    '#12 cancelled · 3 of 5 tables · 1 failed · 1,200 of 4,000 rows · 9.1 of 26.8 MB',
  );
  const passed = { ...progress, rowsDone: 4_056, bytesDone: 26_900_000, etaMs: null };
  expect(progressLine({ number: 12, state: 'cancelled', progress: passed })).toBe(
    '#12 cancelled · 3 of 5 tables · 1 failed · 4,056 rows · 26.9 MB',
  );
  expect(progressLine({ number: 12, state: 'queued', progress: null })).toBe('#12 queued');
});

test('an event is one line with its time in UTC', () => {
  expect(eventLine({ at: '2026-11-20T11:15:00.5+01:00', level: 'warn', message: 'retried' })).toBe(
    '10:15:00Z warn retried',
  );
});
