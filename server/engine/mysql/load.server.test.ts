import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { digestTable } from './digest-table.ts';
import { type DumpFixture, dumped, startDumpFixture } from './dump-fixture.ts';
import { loadFragment } from './load.ts';
import { chooseLoadPath, type LoadPath } from './load-path.ts';

let lab: DumpFixture;

beforeAll(async () => {
  lab = await startDumpFixture({ max_allowed_packet: '4M' });
  await lab.server.sql('CREATE DATABASE d CHARACTER SET utf8mb4');
});
afterAll(() => lab?.stop());

/** Makes, dumps, makes again under another name, loads, and compares what is there with what was recorded. */
async function roundTrip(
  create: string,
  fill: string,
  options: { connections?: number; chunkBytes?: number; path?: LoadPath } = {},
) {
  await lab.server.sql(`SET time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES',
    check_constraint_checks = 0; DROP TABLE IF EXISTS d.src, d.dst; ${create.replace('$t', 'd.src')}; ${fill.replaceAll('$t', 'd.src')};
    ${create.replace('$t', 'd.dst')}; ANALYZE TABLE d.src`);
  const fragment = dumped(await lab.dump(['src'], options));
  const loaded = await lab.load(fragment, 'dst', options);
  const connection = await lab.connect();
  const copy = await digestTable(connection, 'd', 'dst', fragment.definition.columns);
  await connection.close();
  expect(loaded).toBe(fragment.rows);
  expect(copy).toEqual({ rows: fragment.rows, digest: fragment.digest });
  return fragment;
}

const everyType = `CREATE TABLE $t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  a_tiny TINYINT UNSIGNED, a_small SMALLINT ZEROFILL, a_med MEDIUMINT, a_big BIGINT UNSIGNED, a_dec DECIMAL(30,10),
  a_float FLOAT, a_double DOUBLE, a_bit BIT(9), a_year YEAR, a_date DATE, a_time TIME(6), a_dt DATETIME(3),
  a_ts TIMESTAMP(6) NULL, a_char CHAR(8), a_latin VARCHAR(40) CHARACTER SET latin1,
  a_utf8mb3 VARCHAR(40) CHARACTER SET utf8mb3, a_gbk VARCHAR(40) CHARACTER SET gbk,
  a_utf16 VARCHAR(40) CHARACTER SET utf16, a_text LONGTEXT, a_json JSON,
  a_enum ENUM('', 'a', 'Ü', '1') CHARACTER SET latin1, a_set SET('x', 'y', 'Ü'), a_bin BINARY(4), a_blob LONGBLOB,
  a_comp TEXT COMPRESSED, a_uuid UUID, a_inet6 INET6, a_inet4 INET4, a_point POINT, a_geom GEOMETRY,
  hidden INT INVISIBLE, made_v INT AS (id * 2) VIRTUAL, made_s VARCHAR(50) AS (CONCAT('n', a_tiny)) STORED,
  later INT CHECK (later > 0)) ENGINE=InnoDB`;
const everyValue = `SET NAMES utf8mb4; INSERT INTO $t
  (id, a_tiny, a_small, a_med, a_big, a_dec, a_float, a_double, a_bit, a_year, a_date, a_time, a_dt, a_ts, a_char, a_latin,
   a_utf8mb3, a_gbk, a_utf16, a_text, a_json, a_enum, a_set, a_bin, a_blob, a_comp, a_uuid, a_inet6, a_inet4, a_point,
   a_geom, hidden, later) VALUES
  (0, 255, 7, -8388608, 18446744073709551615, -12345678901234567890.0123456789, 0.1, 1e308, b'101', 0, '0000-00-00',
   '-838:59:59.999999', '2026-02-31 10:00:00.001', '1970-01-01 00:00:01.5', 'a  ', 'é€ß', '日本', '中文', 'é😀',
   REPEAT('ü', 70000), '{"a": [1, "😀"]}', 'Ü', 'x,Ü', x'00FF00', x'00FFE9C300', REPEAT('z', 5000),
   '123e4567-e89b-12d3-a456-426614174000', '2001:db8::1', '10.0.0.1', POINT(1, -2.5),
   ST_GeomFromText('LINESTRING(0 0, 1 1)', 4326), 42, -5),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
   NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (9, 0, 0, 0, 0, 0, -0.0, -0.0, b'0', 2155, '9999-12-31', '838:59:59', '0000-00-00 00:00:00', '0000-00-00 00:00:00', '', '',
   '', '', '', '', '"x"', '', '', '', '', '', '00000000-0000-0000-0000-000000000000', '::', '0.0.0.0', POINT(0, 0),
   POINT(0, 0), 0, 1)`;

test('a row of every type, NULL and empty values come back byte for byte', async () => {
  const fragment = await roundTrip(everyType, everyValue);
  expect(fragment.rows).toBe(3n);
  const rows = await lab.server.sql('SELECT id, hidden, made_v, later, a_year FROM d.dst ORDER BY id');
  expect(rows).toBe('0\t42\t0\t-5\t0000\n5\tNULL\t10\tNULL\tNULL\n9\t0\t18\t1\t2155\n');
  const same = await lab.server.sql('CHECKSUM TABLE d.src, d.dst');
  const [first, second] = same
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[1]);
  expect(first).toBe(second);
});

test.each(['local-data', 'insert'] as const)('a server without bulk execute gets the same rows by %s', async (path) => {
  const fragment = await roundTrip(everyType, everyValue);
  await lab.server.sql('TRUNCATE d.dst');
  const connection = await lab.connect({ localData: true });
  const { columns } = fragment.definition;
  const target = { connections: [connection], database: 'd', table: 'dst', columns, chunks: fragment.chunks, path };
  const { rows } = await loadFragment({ ...target, readChunk: (chunk) => readChunk(lab.storage, chunk) });
  expect(rows).toBe(fragment.rows);
  expect((await digestTable(connection, 'd', 'dst', columns)).digest).toBe(fragment.digest);
  await connection.close();
});

test.each(['bulk', 'local-data', 'insert'] as const)(
  'a table with history keeps the rows of the past with their own times, by %s',
  async (path) => {
    await roundTrip(
      'CREATE TABLE $t (id INT PRIMARY KEY, v VARCHAR(20)) ENGINE=InnoDB WITH SYSTEM VERSIONING',
      `INSERT INTO $t VALUES (1, 'first'), (2, 'first'); UPDATE $t SET v = 'second' WHERE id = 1; DELETE FROM $t WHERE id = 2`,
      { path },
    );
    const past = 'SELECT id, v, ROW_START, ROW_END FROM d.$ FOR SYSTEM_TIME ALL ORDER BY 1, 3';
    const [source, copy] = await Promise.all(['src', 'dst'].map((name) => lab.server.sql(past.replace('$', name))));
    expect(copy).toBe(source);
    expect(copy!.trim().split('\n')).toHaveLength(3);
  },
);

test('tables without rows and tables without a key come back', async () => {
  expect((await roundTrip('CREATE TABLE $t (a INT) ENGINE=InnoDB', 'DO 0')).chunks).toEqual([]);
  await roundTrip('CREATE TABLE $t (a INT) ENGINE=InnoDB', 'INSERT INTO $t VALUES (1), (1), (NULL)');
});

test.each(['bulk', 'local-data', 'insert'] as const)(
  'many chunks loaded over several connections give the same table, by %s',
  async (path) => {
    const fragment = await roundTrip(
      'CREATE TABLE $t (id INT PRIMARY KEY, v VARCHAR(400)) ENGINE=InnoDB',
      'INSERT INTO $t SELECT seq * 3, REPEAT(CHAR(97 + seq % 26), 300) FROM d.seq_1_to_20000',
      { connections: 3, chunkBytes: 500_000, path },
    );
    expect(fragment.chunks.length).toBeGreaterThan(6);
  },
);

test.each(['bulk', 'local-data', 'insert'] as const)(
  'a server that takes small packets only gets smaller ones, by %s',
  async (path) => {
    await lab.server.sql('SET GLOBAL max_allowed_packet = 65536');
    try {
      await roundTrip(
        'CREATE TABLE $t (id INT PRIMARY KEY, v VARCHAR(400)) ENGINE=InnoDB',
        'INSERT INTO $t SELECT seq, REPEAT(CHAR(97 + seq % 26), 300) FROM d.seq_1_to_2000',
        { path },
      );
    } finally {
      await lab.server.sql('SET GLOBAL max_allowed_packet = 4194304');
    }
  },
);

test('the fastest way that a server takes is chosen, and LOAD DATA only where it may be', async () => {
  const connection = await lab.connect({ localData: true });
  const withoutBulk = Object.create(connection, { supportsBulk: { value: false } });
  const sql = "LOAD DATA LOCAL INFILE 'x' INTO TABLE d.src";
  expect(await chooseLoadPath(connection)).toBe('bulk');
  expect(await chooseLoadPath(withoutBulk)).toBe('local-data');
  await lab.server.sql('SET GLOBAL local_infile = 0');
  try {
    expect(await chooseLoadPath(withoutBulk)).toBe('insert');
    await expect(connection.loadLocal(sql, 1_000)).rejects.toMatchObject({ code: 'node/query-failed' });
    expect(await connection.query('SELECT 1 AS n')).toEqual([{ n: 1 }]);
  } finally {
    await lab.server.sql('SET GLOBAL local_infile = 1');
  }
  await connection.close();
  const plain = await lab.connect();
  expect(await chooseLoadPath(Object.create(plain, { supportsBulk: { value: false } }))).toBe('insert');
  await plain.close();
});

test('rows that LOAD DATA leaves out because they are there are an error, and the session goes on', async () => {
  await lab.server.sql(
    'DROP TABLE IF EXISTS d.src; CREATE TABLE d.src (id INT PRIMARY KEY); INSERT INTO d.src VALUES (2)',
  );
  const connection = await lab.connect({ localData: true });
  const load = await connection.loadLocal("LOAD DATA LOCAL INFILE 'x' INTO TABLE d.src", 3);
  await load.write(Buffer.from('1\n2\n3\n'));
  expect((await load.end()).affectedRows).toBe(2n);
  await connection.close();
  const fragment = dumped(await lab.dump(['src']));
  await expect(lab.load(fragment, 'src', { path: 'local-data' })).rejects.toThrow(/took 0 of 3 rows/);
  expect(await lab.server.sql('SELECT count(*) FROM d.src')).toBe('3\n');
});

test('a row larger than the server takes is refused by name of the bound', async () => {
  await lab.server.sql(`DROP TABLE IF EXISTS d.src, d.dst; CREATE TABLE d.src (id INT PRIMARY KEY, b LONGBLOB);
    CREATE TABLE d.dst LIKE d.src; INSERT INTO d.src VALUES (1, REPEAT('x', 3000000)), (2, REPEAT('y', 10))`);
  const fragment = dumped(await lab.dump(['src']));
  await lab.server.sql('SET GLOBAL max_allowed_packet = 1048576');
  try {
    await expect(lab.load(fragment, 'dst')).rejects.toMatchObject({
      code: 'node/query-failed',
      context: { maxAllowedPacket: 1_048_576 },
    });
  } finally {
    await lab.server.sql('SET GLOBAL max_allowed_packet = 4194304');
  }
});

test('a load that is slowed down outlives a server that ends idle transactions', async () => {
  const fill = 'INSERT INTO $t SELECT seq FROM d.seq_1_to_9';
  const fragment = await roundTrip('CREATE TABLE $t (id INT PRIMARY KEY)', fill);
  await lab.server.sql(
    'TRUNCATE d.dst; SET GLOBAL idle_transaction_timeout = 1, GLOBAL idle_write_transaction_timeout = 1',
  );
  const connection = await lab.connect();
  try {
    const { rows } = await loadFragment({
      connections: [connection],
      database: 'd',
      table: 'dst',
      columns: fragment.definition.columns,
      chunks: fragment.chunks,
      readChunk: (chunk) => readChunk(lab.storage, chunk),
      path: 'insert',
      // Rows have been sent, nothing is committed.
      pace: { beforeChunk: async () => {}, bytes: () => pause(2_500) },
    });
    expect(rows).toBe(fragment.rows);
  } finally {
    await lab.server.sql('SET GLOBAL idle_transaction_timeout = 0, GLOBAL idle_write_transaction_timeout = 0');
    await connection.close();
  }
});
