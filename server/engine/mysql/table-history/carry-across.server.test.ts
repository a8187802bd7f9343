import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from '../connection.ts';
import { readFragmentDefinition } from '../definition.ts';
import { digestTable } from '../digest-table.ts';
import { diceOf } from '../merge/merge-story-fixture.ts';
import { carry, keep } from './carry-fixture.ts';
import { crossedStories, type Story } from './crossed-stories-fixture.ts';
import { readServerLog, statementsOf } from './server-log-fixture.ts';
import { tableHistory } from './table-history.ts';

let folder: string;
let server: MariadbServer;
let connection: MysqlConnection;
let scratches = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-carry-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  connection = await openMysqlConnection({ node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await server.sql('SET foreign_key_checks = 0; CREATE OR REPLACE DATABASE d CHARACTER SET latin1');
});

/** Runs the story, then carries the table from what was kept before it, and expects what the server has. */
async function expectCarried(
  { before, during, table = 't' }: Omit<Story, 'during'> & { during: string | readonly string[] },
  image: string,
  limitBytes?: number,
) {
  await server.sql(before, 'd');
  const there = await connection.query(
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'd'",
  );
  const kept = [];
  for (const { name } of there) kept.push(await keep(connection, String(name)));
  await server.sql('RESET MASTER');
  if (typeof during === 'string') await server.sql(`SET binlog_row_image = ${image}; ${during}`, 'd');
  else await attempt(during, image);
  const log = readServerLog(join(folder, 'server'));
  const at = { database: 'd', table };
  const history = tableHistory(statementsOf(log), at, { ignoreCase: false });
  if (!history.there) throw new Error('the table is not there');
  expect(history.gap).toBe(null);
  const scratch = `tidemark_test_${++scratches}`;
  const sizes = limitBytes === undefined ? {} : { limitBytes };
  const carried = await carry(connection, log, history, kept, { scratch, scratchFolder: folder, ...sizes });
  const live = await readFragmentDefinition(connection, 'd', table);
  const digestOf = (database: string, name: string, columns: typeof live.columns) =>
    digestTable(connection, database, name, columns);
  const digested = carried.expected.columns.map((n) => live.columns[n]!);
  const expected = { rows: carried.expected.rows, digest: carried.expected.digest };
  expect(await digestOf('d', table, digested)).toEqual(expected);
  const staged = await digestOf(carried.at.database, carried.at.table, live.columns);
  expect(staged).toEqual(await digestOf('d', table, live.columns));
  // None of its keys reaches a live table.
  for (const key of carried.definition.foreignKeys) expect(key.refDatabase).toBe(scratch);
  expect(carried.foreignKeys).toEqual(live.foreignKeys);
  const text = (create: string) => create.replace(/ REFERENCES .*?(?=\n| ON)/g, '');
  expect(text(carried.definition.createTable)).toBe(text(live.createTable));
  expect(carried.definition.columns).toEqual(live.columns);
  await server.sql(`DROP DATABASE ${scratch}`);
  return { carried, history };
}

/** Runs statements of which some fail. */
async function attempt(statements: readonly string[], image: string): Promise<void> {
  await connection.execute(`SET SESSION binlog_row_image = ${image}, autocommit = 1, sql_mode = ''`);
  await connection.execute('USE d');
  for (const statement of statements) await connection.execute(statement).catch(() => {});
  await connection.execute('SET SESSION binlog_row_image = FULL');
}

test.each(Object.entries(crossedStories))('a table is carried across: %s', async (_, story) => {
  await expectCarried(story, 'FULL');
});

test.each(['MINIMAL', 'NOBLOB'])('%s row images after a statement find the rest of their rows', async (image) => {
  await expectCarried(crossedStories['a column added, changed and dropped']!, image);
});

test.each([1, 4, 5, 6])('random statements and changes between them give what the server has (%i)', async (seed) => {
  const dice = diceOf(seed);
  const before = `CREATE TABLE t (${seed % 3 === 0 ? 'id INT' : 'id INT PRIMARY KEY'}, a INT, b VARCHAR(30), c DECIMAL(9,3));
    INSERT INTO t SELECT seq, seq % 7, CONCAT('b', seq), seq / 8 FROM seq_1_to_120;`;
  const during = Array.from({ length: 24 }, (_, n) => randomStep(dice, n).split(';').slice(0, -1)).flat();
  const { history } = await expectCarried({ before, during }, ['FULL', 'FULL', 'MINIMAL', 'NOBLOB'][dice(4)]!);
  expect(history.spans.length).toBeGreaterThan(3);
});

/** A definition or some changes, of which some fail: columns and keys may be there or not. */
function randomStep(dice: (below: number) => number, n: number): string {
  const pick = (from: readonly string[]) => from[dice(from.length)]!;
  const column = () => pick(['a', 'b', 'c', 'd', 'e']);
  const type = () => pick(['INT', 'BIGINT', 'VARCHAR(60)', 'DECIMAL(12,2)', "CHAR(9) DEFAULT 'x'", 'DOUBLE', 'TEXT']);
  const value = () => pick(['1', '7', '35', 'NULL', "'12'", '2.5']);
  const from = dice(120);
  if (n % 2 === 0) {
    const changes = [
      `UPDATE t SET ${column()} = ${value()} WHERE id BETWEEN ${from} AND ${from + 15};`,
      `DELETE FROM t WHERE id BETWEEN ${from} AND ${from + 3};`,
      `INSERT INTO t (id, a) VALUES (${1000 + n * 10}, 1), (${1001 + n * 10}, NULL);`,
      `UPDATE t SET id = id + ${10_000 * (n + 1)} WHERE id = ${from};`,
      `INSERT INTO t SELECT * FROM t WHERE id = ${from};`,
    ];
    return `${pick(changes)} ${pick(changes)}`;
  }
  return pick([
    `ALTER TABLE t ADD ${column()} ${type()} ${pick(['', 'FIRST', 'AFTER id', 'INVISIBLE'])};`,
    `ALTER TABLE t DROP ${column()};`,
    `ALTER TABLE t MODIFY ${column()} ${type()};`,
    `ALTER TABLE t CHANGE ${column()} ${column()} ${type()} AFTER id;`,
    `ALTER TABLE t ADD INDEX i${n} (${column()}), COMMENT 'step ${n}';`,
    'ALTER TABLE t DROP PRIMARY KEY;',
    'ALTER TABLE t ADD PRIMARY KEY (id);',
    `ALTER TABLE t ADD g${n} VARCHAR(40) AS (CONCAT(id, 'g')) ${pick(['STORED', 'VIRTUAL'])};`,
    `ALTER TABLE t CONVERT TO CHARACTER SET ${pick(['utf8mb4', 'latin1'])};`,
    'ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 3;',
    'RENAME TABLE t TO u, u TO t;',
    `DELETE FROM t WHERE a = ${dice(7)} LIMIT 2;`,
  ]);
}

test('changes that do not fit into memory are laid over all the same', async () => {
  await expectCarried(crossedStories['a column added, changed and dropped']!, 'FULL', 1);
});

test('a table that is not what the log made of it is not carried on', async () => {
  const { before } = crossedStories['a column added, changed and dropped']!;
  await server.sql(before, 'd');
  const kept = [await keep(connection, 't')];
  await server.sql('RESET MASTER; ALTER TABLE t ADD late INT', 'd');
  const log = readServerLog(join(folder, 'server'));
  const history = tableHistory(statementsOf(log), { database: 'd', table: 't' });
  if (!history.there) throw new Error('the table is not there');
  const rows = { ...kept[0]!.rows, digest: '0'.repeat(32) };
  const scratch = { scratch: 'tidemark_test_wrong', scratchFolder: folder };
  await expect(carry(connection, log, history, [{ ...kept[0]!, rows }], scratch)).rejects.toMatchObject({
    code: 'restore/not-equal',
  });
});

test('a statement that the server refuses is told with its time and with what to do', async () => {
  await server.sql('CREATE TABLE t (a INT); INSERT INTO t VALUES (1)', 'd');
  const kept = [await keep(connection, 't')];
  await server.sql('RESET MASTER; ALTER TABLE t ADD b INT; ALTER TABLE t DROP b', 'd');
  const log = readServerLog(join(folder, 'server')).slice(1);
  const history = tableHistory(statementsOf(log), { database: 'd', table: 't' });
  if (!history.there) throw new Error('the table is not there');
  const scratch = { scratch: 'tidemark_test_refused', scratchFolder: folder };
  await expect(carry(connection, log, history, kept, scratch)).rejects.toMatchObject({
    code: 'restore/log-mismatch',
    message: expect.stringContaining('is refused here'),
  });
});
