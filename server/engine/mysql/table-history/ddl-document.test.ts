import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { crossedStories } from './crossed-stories-fixture.ts';
import { gapExamples } from './gap-examples-fixture.ts';
import type { HistoryStatement } from './history.ts';
import { tableHistory } from './table-history.ts';

const t = { database: 'd', table: 't' };
const page = readFileSync('docs/ddl.md', 'utf8');
const section = (title: string) => page.split(`## ${title}\n`)[1]!.split('\n## ')[0]!;

function reasonOf(sql: string): string {
  const kind = /^(UPDATE|CALL)/.test(sql) ? 'change' : 'definition';
  const statement: HistoryStatement = {
    ...{ kind, gtid: '0-1-1', at: 1, file: 'b.1', position: 4n, groupPosition: null },
    ...{ database: 'd', sql, whole: true, session: null, errorCode: 0 },
  };
  const history = tableHistory([statement], t, { existed: ({ table }) => table === 't' || undefined });
  return history.there && history.gap ? history.gap.reason! : 'it is crossed';
}

test('docs/ddl.md lists every kind of statement that is crossed, each of which a test carries a table across', () => {
  const listed = [...section('What is crossed').matchAll(/^- (.*)$/gm)].map(([, name]) => name);
  expect(listed).toEqual(Object.keys(crossedStories).map((name) => `${name[0]!.toUpperCase()}${name.slice(1)}`));
});

test('docs/ddl.md lists what is a gap, each with the reason that a plan gives', () => {
  const listed = [...section('What is a gap').matchAll(/^\| `(.*)` +\| (.*?) +\|$/gm)].map(([, sql, why]) => [
    sql,
    why,
  ]);
  expect(listed).toEqual(gapExamples.map((sql) => [sql, reasonOf(sql)]));
});
