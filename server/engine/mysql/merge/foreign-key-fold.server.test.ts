import { beforeEach, describe, expect, test } from 'vitest';
import { type FragmentDefinition, readFragmentDefinition } from '../definition.ts';
import { digestTable } from '../digest-table.ts';
import { mysqlErrno } from '../errno.ts';
import { readServer } from '../read-server-fixture.ts';
import { ChangeFold } from './change-fold.ts';
import { readDefaultRow } from './default-row.ts';
import { actionsOn, foreignName } from './foreign-actions.ts';
import { followForeignKeys } from './foreign-key-fold.ts';
import type { TableRows } from './logged-rows.ts';
import { asRuns, loggedRowsOf, mergeRuns, type ReadRows, readRows } from './merge-server-fixture.ts';
import { diceOf } from './merge-story-fixture.ts';
import { type MergeTable, mergeTable } from './merge-table.ts';

const lab = readServer();

beforeEach(async () => {
  await lab.sql('SET foreign_key_checks = 0; CREATE OR REPLACE DATABASE d CHARACTER SET utf8mb4');
});

interface Known {
  definition: FragmentDefinition;
  merge: MergeTable;
  before: ReadRows;
}

const wouldBeTwice = 1761;

/** One after another; those after which a key would be there twice do nothing. */
async function runAll(statements: readonly string[]): Promise<void> {
  const writer = await lab.connect();
  try {
    for (const sql of ['USE d', ...statements]) {
      await writer.execute(sql).catch((error: unknown) => {
        if (mysqlErrno(error) !== wouldBeTwice) throw error;
      });
    }
  } finally {
    await writer.close();
  }
}

/**
 * Runs `changes` and expects each of `tables`, computed from its rows before and the logs of all, to be what the server
 * has; every `spillEvery`th event its changes go to a scratch file. Gives how many changes foreign keys made.
 */
async function expectFollowed(
  tables: readonly string[],
  changes: string | readonly string[],
  spillEvery = Number.POSITIVE_INFINITY,
): Promise<number> {
  const known = new Map<string, Known>();
  for (const table of tables) {
    const definition = await readFragmentDefinition(lab.connection, 'd', table);
    await lab.sql(`CREATE TABLE empty_${table} LIKE ${table}`, 'd');
    const defaults = await readDefaultRow(
      lab.connection,
      { database: 'd', table: `empty_${table}` },
      definition.columns,
    );
    const before = await readRows(lab.connection, table, definition);
    known.set(foreignName('d', table), { definition, merge: mergeTable(definition, defaults), before });
  }
  await lab.beginLog();
  if (typeof changes === 'string') await lab.sql(changes, 'd');
  else await runAll(changes);
  let followedCount = 0;
  let events = 0;
  for (const table of tables) {
    const name = foreignName('d', table);
    const { definition, merge, before } = known.get(name)!;
    const all = tables.map((each) => ({
      database: 'd',
      table: each,
      ...known.get(foreignName('d', each))!.definition,
    }));
    const actions = actionsOn(name, all);
    const names = new Set([name, ...actions.flatMap(({ child, parent }) => [child, parent])]);
    const wanted = async function* (): AsyncGenerator<TableRows> {
      for (const rows of loggedRowsOf(lab.log())) if (names.has(rows.table)) yield rows;
    };
    const fold = new ChangeFold(merge, { scratchFolder: lab.folder });
    const followed = followForeignKeys({
      actions,
      tables: new Map([...names].map((each) => [each, known.get(each)!.merge])),
      rowsOf: (each) => asRuns(known.get(each)!.before.runs),
      log: wanted,
    });
    for await (const { rows, followed: changed } of followed) {
      if (rows.table === name) fold.add(rows);
      for (const change of changed) {
        if (change.table !== name) continue;
        fold.follow(change, rows.position);
        followedCount++;
      }
      if (++events % spillEvery === 0) await fold.spill();
    }
    const { expected } = await mergeRuns(fold, before);
    await fold.close();
    const compared = expected.columns.map((n) => definition.columns[n]!);
    const actual = await digestTable(lab.connection, 'd', table, compared);
    expect({ table, rows: expected.rows, digest: expected.digest }).toEqual({ table, ...actual });
  }
  return followedCount;
}

const images = ['FULL', 'MINIMAL'];

test.each(images)('CASCADE and SET NULL, on deletes and on updates, logged with %s images', async (image) => {
  await lab.sql(
    `CREATE TABLE p (id INT PRIMARY KEY, v INT);
     CREATE TABLE gone (id INT PRIMARY KEY, p INT, v INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
     CREATE TABLE kept (id INT PRIMARY KEY, p INT, g INT AS (p + 1) VIRTUAL, FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL ON UPDATE SET NULL);
     CREATE TABLE strict (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id));
     INSERT INTO p SELECT seq, seq FROM seq_1_to_50; INSERT INTO gone SELECT seq, seq % 50 + 1, seq FROM seq_1_to_300;
     INSERT INTO kept (id, p) SELECT seq, NULLIF(seq % 51, 0) FROM seq_1_to_300; INSERT INTO strict VALUES (1, 50);`,
    'd',
  );
  const count = await expectFollowed(
    ['p', 'gone', 'kept', 'strict'],
    `SET binlog_row_image = ${image}; UPDATE gone SET p = 7 WHERE id = 100; DELETE FROM p WHERE id IN (7, 8);
     UPDATE p SET id = id + 100 WHERE id BETWEEN 10 AND 15; UPDATE gone SET v = 0 WHERE p = 110; DELETE FROM p WHERE id = 110;
     INSERT INTO p VALUES (7, 0); INSERT INTO gone VALUES (1000, 7, 1), (1001, 111, 1); INSERT INTO kept (id, p) VALUES (1000, 7);
     REPLACE INTO p VALUES (7, 1); BEGIN; DELETE FROM p WHERE id = 20; ROLLBACK; DELETE FROM p WHERE id = 111;
     SET foreign_key_checks = 0; DELETE FROM p WHERE id = 30; SET foreign_key_checks = 1; INSERT INTO p VALUES (30, 3);
     UPDATE gone SET id = id + 5000 WHERE p = 30; DELETE FROM p WHERE id = 30; DELETE FROM gone WHERE id = 5; UPDATE p SET v = 9`,
  );
  expect(count).toBeGreaterThan(60);
});

/** Each key is made of the keys above. */
const levels = `CREATE TABLE a (id INT PRIMARY KEY);
     CREATE TABLE b (a INT, line INT, v INT, PRIMARY KEY (a, line), FOREIGN KEY (a) REFERENCES a (id) ON DELETE CASCADE ON UPDATE CASCADE);
     CREATE TABLE c (a INT, line INT, x INT, v INT, PRIMARY KEY (x, a, line), FOREIGN KEY (a, line) REFERENCES b (a, line) ON DELETE CASCADE ON UPDATE CASCADE);
     CREATE TABLE e (id INT PRIMARY KEY, x INT, a INT, line INT, FOREIGN KEY (x, a, line) REFERENCES c (x, a, line) ON DELETE SET NULL ON UPDATE CASCADE);
     INSERT INTO a SELECT seq FROM seq_1_to_20; INSERT INTO b SELECT id, seq, 1 FROM a, seq_1_to_4;
     INSERT INTO c SELECT a, line, seq, 1 FROM b, seq_1_to_3; INSERT INTO e SELECT (a * 100 + line) * 100 + x, x, a, line FROM c;`;

test.each(images)('levels of levels, keys that are made of the keys above, logged with %s images', async (image) => {
  await lab.sql(levels, 'd');
  const count = await expectFollowed(
    ['a', 'b', 'c', 'e'],
    `SET binlog_row_image = ${image}; DELETE FROM a WHERE id = 1; UPDATE a SET id = 102 WHERE id = 2; UPDATE b SET line = 9 WHERE a = 3 AND line = 1;
     INSERT INTO c VALUES (102, 1, 77, 0), (3, 9, 77, 0); INSERT INTO e VALUES (5, 77, 102, 1), (6, 77, 3, 9), (7, 1, 102, 1);
     UPDATE c SET v = 5 WHERE a = 102; UPDATE b SET v = 2 WHERE a = 102; UPDATE a SET id = 202 WHERE id = 102; DELETE FROM b WHERE a = 202 AND line = 2;
     DELETE FROM a WHERE id = 202; DELETE FROM b WHERE a = 3 AND line = 9; INSERT INTO a VALUES (1); INSERT INTO b VALUES (1, 1, 1);
     INSERT INTO c VALUES (1, 1, 1, 1); UPDATE e SET x = 1, a = 1, line = 1 WHERE id = 7; UPDATE a SET id = 301 WHERE id = 1; DELETE FROM a WHERE id = 301`,
  );
  expect(count).toBeGreaterThan(100);
});

test.each(images)('a table that refers to itself, logged with %s images', async (image) => {
  const tree = (name: string, action: string) =>
    `CREATE TABLE ${name} (id INT PRIMARY KEY, up INT, v INT, FOREIGN KEY (up) REFERENCES ${name} (id) ON DELETE ${action});
     INSERT INTO ${name} SELECT seq, NULLIF(seq DIV 2, 0), 1 FROM seq_1_to_200;`;
  await lab.sql(`${tree('branch', 'CASCADE')} ${tree('orphan', 'SET NULL')}`, 'd');
  const changes = (name: string) =>
    `DELETE FROM ${name} WHERE id = 5; UPDATE ${name} SET up = 7 WHERE id = 100; UPDATE ${name} SET v = 2 WHERE id = 15;
     INSERT INTO ${name} VALUES (500, 15, 1), (501, 500, 1), (502, 502, 1); DELETE FROM ${name} WHERE id = 7; DELETE FROM ${name} WHERE id = 502;
     DELETE FROM ${name} WHERE id IN (8, 3, 16);`;
  const count = await expectFollowed(
    ['branch', 'orphan'],
    `SET binlog_row_image = ${image}; ${changes('branch')} ${changes('orphan')}`,
  );
  expect(count).toBeGreaterThan(50);
});

test('changes at random, of every table, in sessions with and without checks', async () => {
  await lab.sql(
    `CREATE TABLE g (id INT PRIMARY KEY);
     CREATE TABLE p (id INT PRIMARY KEY, g INT, n VARCHAR(20) COLLATE utf8mb4_general_ci NOT NULL, UNIQUE (n), FOREIGN KEY (g) REFERENCES g (id) ON DELETE CASCADE ON UPDATE SET NULL);
     CREATE TABLE c (id INT PRIMARY KEY, p INT, n VARCHAR(30) COLLATE utf8mb4_general_ci, g INT, up INT,
       FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL ON UPDATE CASCADE, FOREIGN KEY (n) REFERENCES p (n) ON DELETE CASCADE ON UPDATE CASCADE,
       FOREIGN KEY (g) REFERENCES g (id) ON DELETE SET NULL ON UPDATE CASCADE, FOREIGN KEY (up) REFERENCES c (id) ON DELETE CASCADE);
     INSERT INTO g SELECT seq FROM seq_1_to_30; INSERT INTO p SELECT seq, seq % 30 + 1, CONCAT('name', seq) FROM seq_1_to_90;
     INSERT INTO c SELECT seq, seq % 90 + 1, CONCAT('name', seq % 80 + 1), seq % 30 + 1, NULLIF(seq DIV 3, 0) FROM seq_1_to_300;`,
    'd',
  );
  const dice = diceOf(31);
  const one = () => {
    const [a, b] = [dice(100) + 1, dice(100) + 1];
    return [
      `DELETE FROM g WHERE id = ${a};`,
      `UPDATE IGNORE g SET id = ${b} WHERE id = ${a};`,
      `DELETE FROM p WHERE id = ${a};`,
      `UPDATE IGNORE p SET id = ${a + 40} WHERE id = ${b};`,
      `UPDATE IGNORE p SET n = 'name${a}' WHERE id = ${b};`,
      `INSERT IGNORE INTO g VALUES (${a});`,
      `INSERT IGNORE INTO p VALUES (${a}, ${dice(30) + 1}, 'name${b}');`,
      `INSERT IGNORE INTO c SELECT ${a + dice(400)}, ${b}, 'name${dice(99)}', ${dice(30) + 1}, ${dice(300)};`,
      `UPDATE IGNORE c SET p = ${a}, g = NULL WHERE id = ${b * 3};`,
      `UPDATE IGNORE c SET up = ${a} WHERE id = ${b * 2};`,
      `DELETE FROM c WHERE id = ${a * 3};`,
      `BEGIN; DELETE FROM p WHERE g = ${dice(30)}; ROLLBACK;`,
      `SET foreign_key_checks = 0; DELETE FROM p WHERE id = ${a}; UPDATE IGNORE g SET id = ${b} WHERE id = ${a}; SET foreign_key_checks = 1;`,
    ][dice(13)]!;
  };
  const count = await expectFollowed(['g', 'p', 'c'], Array.from({ length: 600 }, one).join('\n'), 40);
  expect(count).toBeGreaterThan(100);
});

test.each(images)('changes at random through all levels, logged with %s images', async (image) => {
  await lab.sql(levels, 'd');
  const dice = diceOf(5);
  const one = () => {
    const [a, b, line, x] = [dice(30) + 1, dice(30) + 1, dice(5) + 1, dice(4) + 1];
    return [
      `DELETE FROM a WHERE id = ${a}`,
      `UPDATE IGNORE a SET id = ${b} WHERE id = ${a}`,
      `INSERT IGNORE INTO a VALUES (${a}), (${b})`,
      `UPDATE IGNORE b SET line = ${line} WHERE a = ${a} AND line < 3`,
      `UPDATE IGNORE b SET a = ${b}, v = 3 WHERE a = ${a} AND line = ${line}`,
      `DELETE FROM b WHERE a = ${a} AND line = ${line}`,
      `INSERT IGNORE INTO b VALUES (${a}, ${line}, 1), (${b}, ${line}, 1)`,
      `UPDATE IGNORE c SET x = ${x}, v = ${x} WHERE a = ${a} AND line = ${line} AND x > 2`,
      `DELETE FROM c WHERE a = ${a} AND x = ${x}`,
      `INSERT IGNORE INTO c VALUES (${a}, ${line}, ${x}, 1), (${b}, ${line}, ${x}, 1)`,
      `INSERT IGNORE INTO e VALUES (${dice(90000)}, ${x}, ${a}, ${line})`,
      `UPDATE IGNORE e SET x = ${x}, a = ${a}, line = ${line} WHERE a = ${b}`,
      [
        'SET foreign_key_checks = 0',
        `DELETE FROM c WHERE a = ${a}`,
        `UPDATE IGNORE b SET line = 5 WHERE a = ${b} AND line = 1`,
        'SET foreign_key_checks = 1',
      ],
    ][dice(13)]!;
  };
  const changes = [`SET binlog_row_image = ${image}`, ...Array.from({ length: 400 }, one).flat()];
  expect(await expectFollowed(['a', 'b', 'c', 'e'], changes, 50)).toBeGreaterThan(100);
});

describe('what cannot be followed is refused, not guessed', () => {
  const refused = (tables: string[], changes: string, message: RegExp) =>
    expect(expectFollowed(tables, changes)).rejects.toMatchObject({
      code: 'table/unsupported',
      message: expect.stringMatching(message),
    });

  test('rows that refer to others by texts that only a collation takes for equal', async () => {
    await lab.sql(
      `CREATE TABLE p (n VARCHAR(20) PRIMARY KEY, v INT);
       CREATE TABLE c (id INT PRIMARY KEY, n VARCHAR(20), FOREIGN KEY (n) REFERENCES p (n) ON DELETE CASCADE);
       INSERT INTO p VALUES ('one', 1), ('two', 2), ('drei', 3); INSERT INTO c VALUES (1, 'ONE'), (2, 'two'), (3, 'Dréi');
       CREATE TABLE bytes (n VARCHAR(20) COLLATE utf8mb4_bin PRIMARY KEY);
       CREATE TABLE b (id INT PRIMARY KEY, n VARCHAR(20) COLLATE utf8mb4_bin, FOREIGN KEY (n) REFERENCES bytes (n) ON DELETE CASCADE);
       INSERT INTO bytes VALUES ('one'), ('One'), ('end'); INSERT INTO b VALUES (1, 'one'), (2, 'One'), (3, 'end ')`,
      'd',
    );
    expect(await expectFollowed(['p', 'c'], "DELETE FROM p WHERE n = 'two'")).toBe(1);
    await lab.sql('DROP TABLE empty_c, empty_p', 'd');
    await refused(['p', 'c'], "DELETE FROM p WHERE n = 'one'", /differ in case/);
    await lab.sql('DROP TABLE empty_c, empty_p', 'd');
    await refused(['p', 'c'], "DELETE FROM p WHERE n = 'drei'", /differ in case/);
    expect(await expectFollowed(['bytes', 'b'], "DELETE FROM bytes WHERE n = 'One'")).toBe(1);
    await lab.sql('DROP TABLE empty_bytes, empty_b', 'd');
    await refused(['bytes', 'b'], "DELETE FROM bytes WHERE n = 'end'", /or spaces/);
  });

  test('a table whose rows have no key, references that images leave out, tables that are not known', async () => {
    await lab.sql(
      `CREATE TABLE p (id INT PRIMARY KEY, n INT NOT NULL UNIQUE); CREATE TABLE heap (p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE);
       CREATE TABLE c (id INT PRIMARY KEY, n INT, FOREIGN KEY (n) REFERENCES p (n) ON DELETE CASCADE);
       INSERT INTO p VALUES (1, 1), (2, 2); INSERT INTO heap VALUES (1); INSERT INTO c VALUES (1, 1), (2, 2)`,
      'd',
    );
    await refused(['p', 'heap'], 'DELETE FROM p WHERE id = 1', /have no key/);
    await refused(['c'], 'UPDATE c SET id = 9 WHERE id = 2', /refers to, is not known/);
    await lab.sql('DROP TABLE empty_p, empty_c', 'd');
    await refused(['p', 'c'], 'SET binlog_row_image = MINIMAL; DELETE FROM p WHERE id = 2', /does not say/);
  });
});
