import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import { type Moment, PointFixture } from './point-fixture.ts';

const fixture = new PointFixture();
let backupId: string;
const moments: Moment[] = [];
let began: Date;

/** The log tells whole seconds. */
const quiet = () => pause(1_100, new AbortController().signal);

beforeAll(async () => {
  await fixture.start();
  await fixture.sql(
    `CREATE DATABASE d; USE d;
     CREATE TABLE keyed (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL DEFAULT 7, v VARCHAR(40), KEY (n));
     CREATE TABLE loose (a INT, v VARCHAR(40));
     INSERT INTO keyed SELECT seq, seq % 10, CONCAT('v', seq) FROM seq_1_to_3000;
     INSERT INTO loose SELECT seq % 200, CONCAT('v', seq % 100) FROM seq_1_to_3000`,
  );
  fixture.watched.push('d.keyed', 'd.loose');
  began = new Date();
  backupId = await fixture.backup('d.keyed', 'd.loose');
  for (let n = 0; n < 3; n++) {
    // Rows of tables without a key are told apart by whole images alone.
    const image = ['FULL', 'MINIMAL', 'NOBLOB'][n];
    await fixture.sql(
      `USE d; SET binlog_row_image = ${image};
       UPDATE keyed SET v = CONCAT(v, '+'), n = n + 1 WHERE id % 7 = ${n}; DELETE FROM keyed WHERE id % 11 = ${n};
       INSERT INTO keyed (v) SELECT CONCAT('new', seq) FROM seq_1_to_50;
       UPDATE keyed SET id = id + ${1_000_000 * 2 ** n} WHERE id % 97 = ${n};
       SET binlog_row_image = FULL;
       UPDATE loose SET v = 'changed' WHERE a = ${n}; DELETE FROM loose WHERE a = ${n + 50} LIMIT 3;
       INSERT INTO loose VALUES (1, 'v1'), (1, 'v1')`,
    );
    moments.push(await fixture.moment());
    await quiet();
  }
  await fixture.caughtUp();
});
afterAll(() => fixture.close());

const after = (transaction: string): RestorePoint => ({ kind: 'after', transaction });

test.each([0, 1, 2])(
  'tables come back as they were after a transaction, whatever its images left out (%i)',
  async (n) => {
    const { gtid, rows } = moments[n]!;
    for (const table of fixture.watched) {
      const { rows: found, outcome, plan } = await fixture.restored(backupId, after(gtid), table);
      expect(found).toEqual(rows.get(table));
      expect(outcome.rows).toBe(found.length);
      expect(outcome.changesApplied).toBeGreaterThan(0);
      expect(plan.log).toMatchObject({ resolutionMs: 0, nodes: [{ node: 's1', last: { transaction: `s1:${gtid}` } }] });
      expect(plan.tables[0]!.log!.bytes).toBeGreaterThan(0);
      expect(outcome.log!.bytesRead).toBeGreaterThan(outcome.log!.headerBytes);
    }
  },
);

test('just before a transaction is what was after the one before it', async () => {
  const { gtid, rows } = moments[1]!;
  const [, , sequence] = gtid.split('-');
  const next = `s1:0-1-${Number(sequence) + 1}`;
  const point = { kind: 'before', transaction: next } as const;
  expect((await fixture.restored(backupId, point, 'd.keyed')).rows).toEqual(rows.get('d.keyed'));
});

test('an instant takes in what was committed by then, whatever zone it is written in', async () => {
  for (const { at, rows } of moments) {
    const utc = new Date(at.getTime() + 1_000).toISOString();
    const here = new Date(at.getTime() + 1_000 + 3_600_000).toISOString().replace('Z', '+01:00');
    for (const text of [utc, here]) {
      const { rows: found, plan } = await fixture.restored(backupId, { kind: 'instant', at: text }, 'd.keyed');
      expect(found).toEqual(rows.get('d.keyed'));
      expect(Date.parse(plan.log!.at)).toBe(Date.parse(utc));
    }
  }
});

test('the latest is all that is archived when the plan is made, and not what comes after it', async () => {
  const plan = await fixture.plan(backupId, { kind: 'latest' }, [{ source: 'd.loose', target: 'd.latest' }]);
  expect(plan.tables[0]!.problem).toBeNull();
  await fixture.sql("INSERT INTO d.loose VALUES (1, 'later')");
  await fixture.caughtUp();
  const { tables } = await fixture.run(plan);
  expect(tables[0]!.error).toBeNull();
  expect(await fixture.rowsOf('d.latest')).toEqual(moments.at(-1)!.rows.get('d.loose'));
});

test('the next number is above every one that the log gave out', async () => {
  const { target } = await fixture.restored(backupId, after(moments[0]!.gtid), 'd.keyed');
  const next = await fixture.sql(
    `SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) = '${target}'`,
  );
  const highest = await fixture.sql(`SELECT MAX(id) + 1 FROM ${target}`);
  expect(next).toBe(highest);
});

test('points that the log does not reach are refused, with the bound', async () => {
  const ask = (point: RestorePoint) => fixture.plan(backupId, point, [{ source: 'd.keyed', target: 'd.none' }]);
  const later = new Date(Date.now() + 3_600_000).toISOString();
  await expect(ask({ kind: 'instant', at: later })).rejects.toMatchObject({ code: 'restore/not-archived-yet' });
  await expect(ask(after('0-1-99999999'))).rejects.toMatchObject({ code: 'not-found' });
  const earlier = { code: 'restore/before-earliest' };
  await expect(ask({ kind: 'instant', at: began.toISOString() })).rejects.toMatchObject(earlier);
  const whole = await fixture.backup('d.keyed');
  const again = fixture.plan(whole, after(moments[0]!.gtid), [{ source: 'd.keyed', target: 'd.none' }]);
  await expect(again).rejects.toMatchObject({ code: expect.stringMatching(/^(not-found|restore\/before-earliest)$/) });
});

test('a statement that cannot be crossed is told, and the last point before it', async () => {
  await fixture.sql('CREATE TABLE d.altered (id INT PRIMARY KEY); INSERT INTO d.altered VALUES (1)');
  const own = await fixture.backup('d.altered');
  await fixture.sql(
    'INSERT INTO d.altered VALUES (2); ALTER TABLE d.altered ADD v CHAR(36) DEFAULT (UUID()); INSERT INTO d.altered VALUES (3, 4)',
  );
  await fixture.caughtUp();
  const plan = await fixture.plan(own, { kind: 'latest' }, [{ source: 'd.altered', target: 'd.altered_2' }]);
  expect(plan.tables[0]!.problem).toMatchObject({
    code: 'restore/in-gap',
    message: expect.stringContaining('UUID()'),
  });
  const [, transaction] = /--before-tx (\S+?)\.?$/.exec(plan.tables[0]!.problem!.hint)!;
  const { rows } = await fixture.restored(own, { kind: 'before', transaction: transaction! }, 'd.altered');
  expect(rows).toEqual(['1', '2']);
});

test('rows that foreign keys changed without a word in the log come back so, or are refused', async () => {
  await fixture.sql(
    `USE d; CREATE TABLE parent (id INT PRIMARY KEY, v INT);
     CREATE TABLE child (id INT PRIMARY KEY, up INT, v INT, FOREIGN KEY (up) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE SET NULL);
     CREATE TABLE leaf (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES child (id) ON DELETE SET NULL ON UPDATE CASCADE);
     INSERT INTO parent SELECT seq, seq FROM seq_1_to_40; INSERT INTO child SELECT seq, seq % 40 + 1, 0 FROM seq_1_to_400;
     INSERT INTO leaf SELECT seq, seq % 400 + 1 FROM seq_1_to_800`,
  );
  const tables = ['d.parent', 'd.child', 'd.leaf'];
  const whole = await fixture.backup(...tables);
  const alone = await fixture.backup('d.leaf');
  await fixture.sql(
    `USE d; DELETE FROM parent WHERE id < 6; UPDATE parent SET id = id + 100 WHERE id < 12; UPDATE child SET id = id + 1000 WHERE id % 5 = 0;
     INSERT INTO child VALUES (5000, 20, 1); INSERT INTO leaf VALUES (5000, 5000); DELETE FROM parent WHERE id = 20`,
  );
  await fixture.caughtUp();
  for (const table of tables) {
    const { rows, outcome } = await fixture.restored(whole, { kind: 'latest' }, table);
    expect(rows).toEqual(await fixture.rowsOf(table));
    expect(outcome.rows).toBe(rows.length);
  }
  const plan = await fixture.plan(alone, { kind: 'latest' }, [{ source: 'd.leaf', target: 'd.leaf_2' }]);
  expect(plan.tables[0]!.problem).toMatchObject({
    code: 'table/unsupported',
    message: expect.stringContaining('d.child, which leaf_ibfk_1 refers to, is not in the backup'),
  });
});

test('a sequence that the defaults draw from goes on behind every value it had given by then', async () => {
  await fixture.sql(
    `USE d; CREATE SEQUENCE numbers; CREATE TABLE drawn (id BIGINT PRIMARY KEY DEFAULT (NEXT VALUE FOR numbers), v INT);
     INSERT INTO drawn (v) SELECT seq FROM seq_1_to_10`,
  );
  const own = await fixture.backup('d.drawn');
  await fixture.sql('USE d; INSERT INTO drawn (v) SELECT seq FROM seq_1_to_2500');
  const { gtid } = await fixture.moment();
  const truth = await fixture.rowsOf('d.drawn');
  await fixture.sql('DROP TABLE d.drawn; DROP SEQUENCE d.numbers');
  await fixture.caughtUp();
  const { rows, target } = await fixture.restored(own, after(gtid), 'd.drawn');
  expect(rows).toEqual(truth);
  await fixture.sql(`INSERT INTO ${target} (v) VALUES (0)`);
  expect(Number(await fixture.sql(`SELECT id FROM ${target} WHERE v = 0`))).toBeGreaterThan(2510);
});
