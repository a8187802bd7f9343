import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Fidelity, startFidelity } from './fidelity-fixture.ts';

let lab: Fidelity;

beforeAll(async () => {
  lab = await startFidelity();
});
afterAll(() => lab?.stop());

/** Makes a database, backs it up, and answers with its plan and what became of its tables. */
async function trip(database: string, sql: string, options: { foreignKeys?: boolean; triggers?: boolean } = {}) {
  await lab.server.sql(
    `SET NAMES utf8mb4; SET time_zone = '+00:00'; CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}; ${sql}`,
  );
  const { backupId, tables } = await lab.backUp(database);
  const sources = tables.filter(({ error }) => error === null).map(({ source }) => source);
  const plan = await lab.plan(backupId, database, sources, options);
  const fates = await lab.bringBack(backupId, database, sources, options);
  const listed = (table: string) =>
    plan.tables.find(({ source }) => source === lab.nameOf(database, table))!.willNotComeBack;
  return { tables, plan, fates, listed };
}

describe('what a server takes back from nobody', () => {
  it('history by transaction: the rows of now come back, and the plan says what does not', async () => {
    const { fates, listed } = await trip(
      'by_transaction',
      `CREATE TABLE t (id int PRIMARY KEY, v int, s bigint unsigned GENERATED ALWAYS AS ROW START, e bigint unsigned GENERATED ALWAYS AS ROW END,
         PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING; INSERT INTO t (id, v) VALUES (1, 1), (2, 2); UPDATE t SET v = 3 WHERE id = 1; DELETE FROM t WHERE id = 2;`,
    );
    expect([...fates.values()]).toEqual([null]);
    expect(listed('t')).toEqual([
      'Rows of the past of by_transaction.t are left out, and its row start and end count anew: they are numbers of transactions, which no server takes back.',
    ]);
    expect(await lab.server.sql('SELECT id, v FROM t', 'by_transaction_back')).toBe('1\t3\n');
    const [live, back] = await Promise.all(['by_transaction', 'by_transaction_back'].map((name) => lab.seen(name)));
    expect(back!.get('t')!.definition).toBe(live!.get('t')!.definition);
  });

  it('rows of the past that lasted no time: all others come back, and the plan counts what does not', async () => {
    const { fates, listed } = await trip(
      'no_time',
      `CREATE TABLE t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING
         PARTITION BY SYSTEM_TIME LIMIT 100 (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT);
       SET timestamp = 1700000000; INSERT INTO t SELECT seq, seq FROM seq_1_to_150;
       SET timestamp = 1700000001; UPDATE t SET v = v + 1; DELETE FROM t WHERE id > 148;`,
    );
    expect([...fates.values()]).toEqual([null]);
    expect(listed('t')).toEqual([
      'Of no_time.t, rows of the past that lasted no time are left out, which no server takes back: 2 in all.',
    ]);
    const past =
      'SELECT *, row_start, row_end FROM t FOR SYSTEM_TIME ALL WHERE row_start < row_end ORDER BY id, row_start';
    expect(await lab.server.sql(past, 'no_time_back')).toBe(await lab.server.sql(past, 'no_time'));
  });
});
