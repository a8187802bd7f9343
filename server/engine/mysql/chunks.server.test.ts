import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ChunkRange, planChunks } from './chunks.ts';
import type { MysqlConnection } from './connection.ts';
import { readFragmentDefinition } from './definition.ts';
import { type DumpFixture, startDumpFixture } from './dump-fixture.ts';
import { pinReadSession } from './session.ts';

let lab: DumpFixture;
let connection: MysqlConnection;

beforeAll(async () => {
  lab = await startDumpFixture();
  await lab.server.sql('CREATE DATABASE d CHARACTER SET utf8mb4');
  connection = await lab.connect();
  await pinReadSession(connection);
});
afterAll(async () => {
  await connection?.close();
  await lab?.stop();
});

async function plan(create: string, insert: string, chunkBytes = 250_000) {
  await lab.server.sql(`USE d; SET NAMES utf8mb4; DROP TABLE IF EXISTS t; CREATE TABLE t ${create} ENGINE=InnoDB;
    ${insert}; ANALYZE TABLE t`);
  const definition = await readFragmentDefinition(connection, 'd', 't');
  const [facts] = await connection.query(
    "SELECT TABLE_ROWS AS n, DATA_LENGTH AS b FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'd' AND TABLE_NAME = 't'",
  );
  const sizes = { estimatedRows: Number(facts?.n), dataBytes: Number(facts?.b) };
  const ranges = await planChunks(connection, { database: 'd', table: 't', definition, ...sizes }, chunkBytes);
  const counts: number[] = [];
  for (const { from } of ranges) {
    const [row] = await connection.query(`SELECT COUNT(*) AS n FROM ${from}`);
    counts.push(Number(row?.n));
  }
  const [all] = await connection.query('SELECT COUNT(*) AS n FROM d.t');
  expect(counts.reduce((sum, count) => sum + count, 0)).toBe(Number(all?.n));
  return { ranges, counts, unevenness: (Math.max(...counts) / Number(all?.n)) * counts.length };
}

/** Every value of the key that ever comes lies in some chunk: both ends are open. */
function expectOpenEnds(ranges: ChunkRange[]) {
  expect(ranges[0]!.from).not.toContain('>=');
  expect(ranges.at(-1)!.from).not.toMatch(/<(?!=)/);
}

test('a few far keys do not make chunks uneven', async () => {
  const { ranges, counts, unevenness } = await plan(
    '(id BIGINT PRIMARY KEY, v VARCHAR(200))',
    `INSERT INTO t SELECT seq, REPEAT('x', 150) FROM seq_1_to_20000; INSERT INTO t VALUES (-9223372036854775808, ''),
     (9223372036854775807, ''), (4611686018427387904, '')`,
  );
  expect(counts.length).toBeGreaterThan(8);
  expect(unevenness).toBeLessThan(1.5);
  expectOpenEnds(ranges);
});

test('an unsigned key up to its last value is cut without a gap', async () => {
  const { counts } = await plan(
    '(id BIGINT UNSIGNED PRIMARY KEY, v VARCHAR(200))',
    `INSERT INTO t SELECT 18446744073709551616 - seq, REPEAT('x', 150) FROM seq_1_to_10000`,
  );
  expect(counts.length).toBeGreaterThan(4);
});

test('many rows under one leading value are told apart by the rest of the key', async () => {
  const { counts, unevenness } = await plan(
    '(tenant INT, id INT, v VARCHAR(200), PRIMARY KEY (tenant, id))',
    `INSERT INTO t SELECT 7, seq, REPEAT('x', 150) FROM seq_1_to_20000; INSERT INTO t SELECT 8, seq, 'y' FROM seq_1_to_5`,
  );
  expect(counts.length).toBeGreaterThan(8);
  expect(unevenness).toBeLessThan(1.5);
});

test.each([
  ['utf8mb4', "CONCAT('ключ😀''`', LPAD(seq, 6, '0'))"],
  ['latin1', "CONCAT('é', LPAD(seq, 6, '0'))"],
  ['utf16', "CONCAT('日', LPAD(seq, 6, '0'))"],
  ['gbk', "CONCAT('中', LPAD(seq, 6, '0'))"],
])('a text key in %s is walked in its own order', async (charset, key) => {
  const { counts, unevenness } = await plan(
    `(k VARCHAR(40) CHARACTER SET ${charset} PRIMARY KEY, v VARCHAR(200))`,
    `INSERT INTO t SELECT ${key}, REPEAT('x', 150) FROM seq_1_to_10000`,
  );
  expect(counts.length).toBeGreaterThan(4);
  expect(unevenness).toBeLessThan(1.5);
});

test.each([
  ['VARBINARY(16)', 'UNHEX(MD5(seq))'],
  ['DATETIME(6)', "TIMESTAMP('2026-01-01') + INTERVAL seq * 1000 MICROSECOND"],
  ['DECIMAL(20, 6)', '(CAST(seq AS SIGNED) - 5000) / 3'],
])('a key of type %s is walked', async (type, key) => {
  const { counts, unevenness } = await plan(
    `(k ${type} PRIMARY KEY, v VARCHAR(200))`,
    `INSERT INTO t SELECT ${key}, REPEAT('x', 150) FROM seq_1_to_10000`,
  );
  expect(counts.length).toBeGreaterThan(4);
  expect(unevenness).toBeLessThan(1.5);
});

test.each([
  ['no key', '(a INT, v VARCHAR(200), KEY (a))'],
  ['a key that may be NULL', '(a INT UNIQUE, v VARCHAR(200))'],
  ['a key of floats', '(a DOUBLE PRIMARY KEY, v VARCHAR(200))'],
  ['a key on a prefix', '(a TEXT, v VARCHAR(200), PRIMARY KEY (a(10)))'],
])('a table with %s is one chunk', async (_, create) => {
  const { ranges } = await plan(create, `INSERT INTO t SELECT seq, REPEAT('x', 150) FROM seq_1_to_5000`);
  expect(ranges).toHaveLength(1);
});

test('an empty table and a table that was emptied are one chunk', async () => {
  expect((await plan('(id INT PRIMARY KEY)', 'DO 0')).ranges).toHaveLength(1);
});
