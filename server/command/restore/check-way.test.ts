import { expect, test } from 'vitest';
import { checkWay, type WayFacts } from './check-way.ts';

const states = (facts: Partial<WayFacts>) =>
  checkWay('s1', { path: 'bulk', autoIncrementLockMode: 1, numbered: true, ...facts }).map(({ state }) => state);

test('typed batches wait for nobody, whatever the lock mode', () => {
  expect(states({})).toEqual(['ok', 'ok']);
});

test('LOAD DATA over several connections into a table with AUTO_INCREMENT waits for numbers in lock mode 1 only', () => {
  expect(states({ path: 'local-data' })).toEqual(['ok', 'warn']);
  expect(states({ path: 'local-data', autoIncrementLockMode: 2 })).toEqual(['ok', 'ok']);
  expect(states({ path: 'local-data', numbered: false })).toEqual(['ok', 'ok']);
});

test('a server that only takes INSERT is slow, and the setting that mends it is named', () => {
  expect(states({ path: 'insert' })).toEqual(['warn', 'ok']);
  expect(checkWay('s1', { path: 'insert', autoIncrementLockMode: 1, numbered: true })[0]!.fix).toContain(
    'local_infile',
  );
});
