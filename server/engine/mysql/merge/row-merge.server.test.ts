import { beforeEach, expect, test } from 'vitest';
import { type FragmentDefinition, readFragmentDefinition } from '../definition.ts';
import { digestTable } from '../digest-table.ts';
import { loadFragment } from '../load.ts';
import { readServer } from '../read-server-fixture.ts';
import { ChangeFold } from './change-fold.ts';
import { readDefaultRow } from './default-row.ts';
import { foreignName } from './foreign-actions.ts';
import { asRuns, loggedRowsOf, mergeRuns, type ReadRows, readRows, rowsOf } from './merge-server-fixture.ts';
import { diceOf } from './merge-story-fixture.ts';
import { mergeTable } from './merge-table.ts';
import { keyShapes, ServerTable } from './merge-tables-fixture.ts';
import { RowMerge } from './row-merge.ts';

const lab = readServer();

beforeEach(async () => {
  await lab.sql('CREATE OR REPLACE DATABASE d CHARACTER SET utf8mb4');
});

/** Folds what the server's binlog files say of the table; every `spillEvery`th event goes to a scratch file. */
async function foldLog(table: string, fold: ChangeFold, spillEvery: number): Promise<void> {
  let count = 0;
  for (const rows of loggedRowsOf(lab.log())) {
    if (rows.table !== foreignName('d', table)) continue;
    fold.add(rows);
    if (++count % spillEvery === 0) await fold.spill();
  }
}

interface Known {
  definition: FragmentDefinition;
  fold: ChangeFold;
  before: ReadRows;
}

/**
 * Backups of tables as they are, `changes` to them, and each merged: must be what the server then has, by digest and row
 * for row. `spillEvery`: per table. Gives for each how many columns could be compared.
 */
async function expectMerged(tables: readonly string[], changes: string, spillEvery: readonly number[] = []) {
  const known: Known[] = [];
  for (const table of tables) {
    const definition = await readFragmentDefinition(lab.connection, 'd', table);
    await lab.connection.execute("SET SESSION sql_mode = ''");
    await lab.connection.execute(`CREATE TABLE d.empty_${table} LIKE d.${table}`);
    const defaults = await readDefaultRow(
      lab.connection,
      { database: 'd', table: `empty_${table}` },
      definition.columns,
    );
    const fold = new ChangeFold(mergeTable(definition, defaults), { scratchFolder: lab.folder });
    known.push({ definition, fold, before: await readRows(lab.connection, table, definition) });
  }
  await lab.beginLog();
  await lab.sql(changes, 'd');
  const compared: number[] = [];
  for (const [n, table] of tables.entries()) {
    const { definition, fold, before } = known[n]!;
    await foldLog(table, fold, spillEvery[n] ?? Number.POSITIVE_INFINITY);
    expect(fold.loggedRows).toBeGreaterThan(0);
    const { runs, expected } = await mergeRuns(fold, before);
    await fold.close();
    const after = await readRows(lab.connection, table, definition);
    expect(after.digest).not.toBe(before.digest);
    const columns = expected.columns.map((column) => definition.columns[column]!);
    const actual = await digestTable(lab.connection, 'd', table, columns);
    expect({ table, rows: expected.rows, digest: expected.digest }).toEqual({ table, ...actual });
    if (columns.length === definition.columns.length) expect(rowsOf(runs)).toEqual(rowsOf(after.runs));
    expect(rowsOf(runs).length).toBe(Number(actual.rows));
    compared.push(columns.length);
  }
  return compared;
}

const images = ['FULL', 'MINIMAL', 'NOBLOB'];
const never = Number.POSITIVE_INFINITY;

/** Makes the tables, changes their rows at random under such images, and expects them merged. */
async function expectChanged(tables: readonly ServerTable[], image: string, spillEvery: readonly number[]) {
  await lab.sql(
    `SET sql_mode = 'NO_BACKSLASH_ESCAPES', rand_seed1 = 5, rand_seed2 = 12;
     ${tables.map((table) => `${table.create()} ${table.insert(1, 60)}`).join('\n')}`,
    'd',
  );
  const changes = tables.map((table, n) => `${table.change(diceOf(n), 0)} ${table.change(diceOf(n + 5), 1)}`);
  const session = `SET binlog_row_image = ${image}, sql_mode = 'NO_BACKSLASH_ESCAPES', rand_seed1 = 1, rand_seed2 = 2;`;
  const names = tables.map(({ name }) => name);
  return expectMerged(names, `${session} ${changes.join('\n')}`, spillEvery);
}

test.each(images)(
  'rows of every type with any kind of key, logged with %s images, merge to what the server has',
  async (image) => {
    const tables = Object.values(keyShapes).map(
      (shape, n) => new ServerTable(`keyed${n}`, shape, { computed: n % 2 === 0 }),
    );
    const compared = await expectChanged(tables, image, [never, 4, never, never, 5]);
    if (image === 'FULL') expect(Math.min(...compared)).toBeGreaterThan(60);
  },
);

test.each(images)(
  'rows of every type without a key, logged with %s images, merge to what the server has',
  async (image) => {
    const tables = [true, false].map((computed, n) => new ServerTable(`heap${n}`, null, { computed }));
    await expectChanged(tables, image, [never, 5]);
  },
);

test.each(images)(
  'rows of the past, and what the server hides in a table, logged with %s images, merge like any others',
  async (image) => {
    await lab.sql(
      `CREATE TABLE past (id INT PRIMARY KEY, v VARCHAR(20), n INT) WITH SYSTEM VERSIONING;
     CREATE TABLE loose (id INT, v VARCHAR(20)) WITH SYSTEM VERSIONING;
     CREATE TABLE hashed (id INT, body TEXT NOT NULL, UNIQUE (body), v INT);
     INSERT INTO past SELECT seq, 'old', seq FROM seq_1_to_50; INSERT INTO loose SELECT id, v FROM past;
     INSERT INTO hashed SELECT seq, CONCAT('body', seq), 1 FROM seq_1_to_50; UPDATE past SET v = 'older' WHERE id < 10`,
      'd',
    );
    const tables = ['past', 'loose', 'hashed'];
    const changes = tables.map(
      (table) =>
        `UPDATE ${table} SET v = '4' WHERE id < 30; UPDATE ${table} SET v = '5' WHERE id < 20; DELETE FROM ${table} WHERE id < 15;
       UPDATE ${table} SET id = id + 100 WHERE id > 40;
       BEGIN; UPDATE ${table} SET v = '6' WHERE id = 20; UPDATE ${table} SET v = '7' WHERE id = 20; COMMIT;`,
    );
    await expectMerged(tables, `SET binlog_row_image = ${image}; ${changes.join('\n')}`);
  },
);

test('rows that are inserted with no value come back as what they got', async () => {
  await lab.sql("CREATE TABLE bare (a INT DEFAULT 7, b VARCHAR(9) DEFAULT 'b'); INSERT INTO bare VALUES (1, 'x')", 'd');
  const changes = 'INSERT INTO bare () VALUES (), (); INSERT INTO bare (a) VALUES (3)';
  await expectMerged(['bare'], `SET binlog_row_image = MINIMAL; ${changes}`);
});

test('a merge loads into an empty table, which then reads as the merge said', async () => {
  const table = new ServerTable('loaded', keyShapes.integer!, {});
  await lab.sql(`SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ${table.create()} ${table.insert(1, 60)}`, 'd');
  const definition = await readFragmentDefinition(lab.connection, 'd', 'loaded');
  await lab.sql("SET sql_mode = ''; CREATE TABLE target LIKE loaded", 'd');
  const before = await readRows(lab.connection, 'loaded', definition);
  await lab.beginLog();
  await lab.sql(`SET sql_mode = 'NO_BACKSLASH_ESCAPES'; ${table.change(diceOf(3), 0)}`, 'd');
  const fold = new ChangeFold(mergeTable(definition), { scratchFolder: lab.folder });
  await foldLog('loaded', fold, never);
  const merge = await RowMerge.begin(fold, before);
  const chunk = { segment: 's', offset: 0, length: 0, sha256: '', rows: String(before.rows), rawBytes: 0 };
  const load = (rows: AsyncIterable<Buffer>) =>
    loadFragment({
      connections: [lab.connection],
      database: 'd',
      table: 'target',
      columns: definition.columns,
      chunks: [chunk],
      readChunk: () => rows,
    });
  await load(merge.merge(asRuns(before.runs)));
  await load(merge.rest());
  const { rows, digest } = merge.finish();
  expect(await digestTable(lab.connection, 'd', 'target', definition.columns)).toEqual({ rows, digest });
  expect(await digestTable(lab.connection, 'd', 'loaded', definition.columns)).toEqual({ rows, digest });
});

test('the next AUTO_INCREMENT value is above every one that the log names', async () => {
  await lab.sql(
    'CREATE TABLE counted (id BIGINT PRIMARY KEY AUTO_INCREMENT, v INT); INSERT INTO counted VALUES (5, 1)',
    'd',
  );
  const definition = await readFragmentDefinition(lab.connection, 'd', 'counted');
  await lab.beginLog();
  await lab.sql(
    `INSERT INTO counted (v) VALUES (1), (2); INSERT INTO counted VALUES (4000000000, 1);
     INSERT INTO counted (v) VALUES (3); DELETE FROM counted WHERE id > 100`,
    'd',
  );
  const fold = new ChangeFold(mergeTable(definition), { scratchFolder: lab.folder });
  await foldLog('counted', fold, never);
  const after = await readFragmentDefinition(lab.connection, 'd', 'counted');
  expect(fold.highestCounter).toBe(BigInt(after.autoIncrement!) - 1n);
});

test('of several keys it is the one that the server logs rows by', async () => {
  const keys = {
    first: 'UNIQUE zz (b), UNIQUE aa (a), UNIQUE mm (c)',
    null_first: 'UNIQUE zz (v), UNIQUE bb (b), UNIQUE aa (a)',
    prefix_first: 'UNIQUE zz (t(3)), UNIQUE cc (c), UNIQUE aa (a)',
    primary_last: 'UNIQUE aa (a), PRIMARY KEY (c, b)',
  };
  const names = Object.keys(keys);
  for (const [name, key] of Object.entries(keys)) {
    await lab.sql(
      `CREATE TABLE ${name} (a INT NOT NULL, b INT NOT NULL, c INT NOT NULL, t VARCHAR(9) NOT NULL, v INT, ${key});
       INSERT INTO ${name} SELECT seq, seq + 1, seq + 2, seq, NULL FROM seq_1_to_30`,
      'd',
    );
  }
  const changes = names.map(
    (name) =>
      `UPDATE ${name} SET v = a WHERE a < 9; UPDATE ${name} SET b = b + 100, c = c + 100 WHERE a < 5; DELETE FROM ${name} WHERE a = 3;
       UPDATE ${name} SET a = a + 50 WHERE a > 25; INSERT INTO ${name} VALUES (3, 4, 5, '3', 1000);`,
  );
  await expectMerged(names, `SET binlog_row_image = MINIMAL; ${changes.join('\n')}`);
});
