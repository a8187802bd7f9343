import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DumpFixture, startDumpFixture } from '#server/engine/mysql/dump-fixture.ts';
import type { Located } from '#server/engine/topology/locate.ts';
import { TestJob } from '../restore/restore-fixture.ts';
import { readDefinitions } from './read-definitions.ts';
import { tableWork } from './table-work.ts';

let lab: DumpFixture;
const names = Array.from({ length: 300 }, (_, n) => `t${String(n).padStart(3, '0')}`);

beforeAll(async () => {
  lab = await startDumpFixture();
  const tables = names.map((name) => `CREATE TABLE d.${name} (id INT PRIMARY KEY, c0 INT);`);
  await lab.server.sql(`CREATE DATABASE d; ${tables.join('')}`);
});
afterAll(() => lab?.stop());

/** Adds a column to one of the tables, again and again, until it is stopped. */
async function altering(table: string): Promise<() => Promise<void>> {
  const session = await lab.connect();
  let going = true;
  const work = (async () => {
    for (let n = 1; going; n++) {
      await session.execute(`ALTER TABLE d.${table} ADD COLUMN c${n} INT, DROP COLUMN c${n - 1}`);
    }
    await session.close();
  })();
  return async () => {
    going = false;
    await work;
  };
}

test('what the catalogs say of a table is never older than its text', async () => {
  const nodes = new Map([['s1', lab.access()]]);
  const stop = await altering(names.at(-1)!);
  const columnOf = (text: string) => Number(/`c(\d+)`/.exec(text)![1]);
  try {
    for (let round = 0; round < 15; round++) {
      const { createTable, known } = await readLast(nodes);
      const [, column] = known!.columns.map(({ name }) => Number(name.slice(1)));
      expect(column).toBeGreaterThanOrEqual(columnOf(createTable!));
    }
  } finally {
    await stop();
  }
});

/** All of them, as a backup does; answers with the last one's. */
async function readLast(nodes: Located['nodes']) {
  const located: Located = {
    nodes,
    tables: names.map((table) => ({
      ...{ name: { database: 'd', schema: '', table }, kind: 'table', problem: null, unanswered: null },
      fragments: [{ node: 's1', database: 'd', table, partition: null }],
    })),
  };
  const tables = located.tables.map(tableWork);
  const cluster = { kind: 'mysql', id: 'c', name: 's1', node: lab.access() } as const;
  await readDefinitions(new TestJob().attempt(), cluster, located, tables);
  return tables.at(-1)!.fragments[0]!;
}
