import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from '../connection.ts';
import { readFragmentDefinition } from '../definition.ts';
import { digestTable } from '../digest-table.ts';
import { pinReadSession } from '../session.ts';
import { ChangeFold } from './change-fold.ts';
import { readDefaultRow } from './default-row.ts';
import { foreignName } from './foreign-actions.ts';
import { loggedRowsOf, mergeRuns, readRows, rowsOf } from './merge-server-fixture.ts';
import { diceOf } from './merge-story-fixture.ts';
import { mergeTable } from './merge-table.ts';
import { keyShapes, ServerTable } from './merge-tables-fixture.ts';

let folder: string;
let server: MariadbServer;
let connection: MysqlConnection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-merge-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  connection = await openMysqlConnection({ node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
  await pinReadSession(connection);
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await server.sql('CREATE OR REPLACE DATABASE d CHARACTER SET utf8mb4');
});

/** Folds what the server's binlog files say of the table; every `spillEvery`th event goes to a scratch file. */
async function foldLog(table: string, fold: ChangeFold, spillEvery: number): Promise<void> {
  let count = 0;
  for (const rows of loggedRowsOf(join(folder, 'server'))) {
    if (rows.table !== foreignName('d', table)) continue;
    fold.add(rows);
    if (++count % spillEvery === 0) await fold.spill();
  }
}

/**
 * Backup of the table as it is, `changes` to it, and the two merged: must be what the server then has, by digest and row
 * for row. Gives the columns that could be compared.
 */
async function expectMerged(
  table: string,
  changes: string,
  spillEvery = Number.POSITIVE_INFINITY,
): Promise<readonly number[]> {
  const definition = await readFragmentDefinition(connection, 'd', table);
  await server.sql(`SET sql_mode = ''; CREATE TABLE empty_${table} LIKE ${table};`, 'd');
  const defaults = await readDefaultRow(connection, { database: 'd', table: `empty_${table}` }, definition.columns);
  const before = await readRows(connection, table, definition);
  await server.sql(`RESET MASTER; ${changes}`, 'd');
  const fold = new ChangeFold(mergeTable(definition, defaults), { scratchFolder: folder });
  await foldLog(table, fold, spillEvery);
  expect(fold.loggedRows).toBeGreaterThan(0);
  const { runs, expected } = await mergeRuns(fold, before);
  await fold.close();
  const after = await readRows(connection, table, definition);
  expect(after.digest).not.toBe(before.digest);
  const compared = expected.columns.map((n) => definition.columns[n]!);
  const actual = await digestTable(connection, 'd', table, compared);
  expect({ rows: expected.rows, digest: expected.digest }).toEqual(actual);
  if (compared.length === definition.columns.length) expect(rowsOf(runs)).toEqual(rowsOf(after.runs));
  expect(rowsOf(runs).length).toBe(Number(actual.rows));
  return expected.columns;
}

const images = ['FULL', 'MINIMAL', 'NOBLOB'];

const prepared = (table: ServerTable, seed: number) =>
  `SET sql_mode = 'NO_BACKSLASH_ESCAPES', rand_seed1 = ${seed}, rand_seed2 = ${seed + 7}; ${table.create()} ${table.insert(1, 150)}`;
const changed = (table: ServerTable, seed: number, image: string) =>
  `SET binlog_row_image = ${image}, sql_mode = 'NO_BACKSLASH_ESCAPES', rand_seed1 = ${seed + 1}, rand_seed2 = ${seed + 2};
   ${table.change(diceOf(seed), 0)} ${table.change(diceOf(seed + 5), 1)}`;

test.each(images)(
  'rows of every type with any kind of key, logged with %s images, merge to what the server has',
  async (image) => {
    for (const [n, shape] of Object.values(keyShapes).entries()) {
      const table = new ServerTable(`keyed${n}`, shape, { computed: n % 2 === 0 });
      await server.sql(prepared(table, n), 'd');
      const columns = await expectMerged(table.name, changed(table, n, image), n % 3 === 1 ? 4 : undefined);
      if (image === 'FULL') expect(columns.length).toBeGreaterThan(60);
    }
  },
);

test.each(images)(
  'rows of every type without a key, logged with %s images, merge to what the server has',
  async (image) => {
    for (const [n, computed] of [true, false].entries()) {
      const table = new ServerTable(`heap${n}`, null, { computed });
      await server.sql(prepared(table, n), 'd');
      await expectMerged(table.name, changed(table, n, image), n === 1 ? 5 : undefined);
    }
  },
);

test.each(images)(
  'rows of the past, and what the server hides in a table, logged with %s images, merge like any others',
  async (image) => {
    await server.sql(
      `CREATE TABLE past (id INT PRIMARY KEY, v VARCHAR(20), n INT) WITH SYSTEM VERSIONING;
     CREATE TABLE loose (id INT, v VARCHAR(20)) WITH SYSTEM VERSIONING;
     CREATE TABLE hashed (id INT, body TEXT NOT NULL, UNIQUE (body), v INT);
     INSERT INTO past SELECT seq, 'old', seq FROM seq_1_to_50; INSERT INTO loose SELECT id, v FROM past;
     INSERT INTO hashed SELECT seq, CONCAT('body', seq), 1 FROM seq_1_to_50; UPDATE past SET v = 'older' WHERE id < 10`,
      'd',
    );
    for (const table of ['past', 'loose', 'hashed']) {
      await expectMerged(
        table,
        `SET binlog_row_image = ${image}; UPDATE ${table} SET v = '4' WHERE id < 30; UPDATE ${table} SET v = '5' WHERE id < 20;
       DELETE FROM ${table} WHERE id < 15; UPDATE ${table} SET id = id + 100 WHERE id > 40;
       BEGIN; UPDATE ${table} SET v = '6' WHERE id = 20; UPDATE ${table} SET v = '7' WHERE id = 20; COMMIT`,
      );
    }
  },
);

test('rows that are inserted with no value come back as what they got', async () => {
  await server.sql(
    "CREATE TABLE bare (a INT DEFAULT 7, b VARCHAR(9) DEFAULT 'b'); INSERT INTO bare VALUES (1, 'x')",
    'd',
  );
  await expectMerged(
    'bare',
    'SET binlog_row_image = MINIMAL; INSERT INTO bare () VALUES (), (); INSERT INTO bare (a) VALUES (3)',
  );
});
