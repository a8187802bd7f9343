import { expect, test } from 'vitest';
import { phaseRows } from '#components/job/phase-rows.ts';
import type { JobTable } from '#components/trpc/outputs.ts';

const amount = { state: 'done' as const, rowsDone: 5, rowsTotal: 5, bytesDone: 50, bytesTotal: 50 };
const table = (name: string, fragments: string[]): JobTable => ({
  table: name,
  target: null,
  ordinal: 0,
  state: 'running',
  phases: {
    definition: { ...amount, fragments: {} },
    rows: { ...amount, fragments: Object.fromEntries(fragments.map((key) => [key, amount])) },
  },
  rows: 10n,
  bytes: 100n,
  outcome: null,
  version: 1n,
});

test('fragments stand under their table in counting order, and only when it is opened', () => {
  const tables = [table('a', ['s2/db/t_10', 's1/db/t_9']), table('b', ['s1/db/u'])];
  expect(phaseRows(tables, () => false).map(({ name }) => name)).toEqual(['a', 'b']);
  const opened = phaseRows(tables, (name) => name === 'a');
  expect(opened.map(({ name, node }) => [name, node])).toEqual([
    ['a', null],
    ['t_9', 's1'],
    ['t_10', 's2'],
    ['b', 's1'],
  ]);
});

test('a phase that has no fragments says nothing about them', () => {
  const [, fragment] = phaseRows([table('a', ['s1/db/t', 's2/db/t'])], () => true);
  expect(fragment!.phases).toMatchObject({ definition: undefined, rows: { rowsDone: 5 } });
});
