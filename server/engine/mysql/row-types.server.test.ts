import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { planLoad } from './load-plan.ts';
import { encodeBulkBatch } from './protocol/bulk-batch.ts';
import type { Column } from './protocol/column.ts';
import { encodeInsertBatch } from './protocol/insert-batch.ts';
import { loadColumn } from './protocol/load-column.ts';
import { encodeLocalRows } from './protocol/local-rows.ts';
import { StoredRows } from './protocol/stored-rows.ts';
import { pinLoadSession } from './session.ts';

let folder: string;
let server: MariadbServer;
let connection: MysqlConnection;

/** Every column type, with what makes it awkward: [column, type, values of five rows as SQL]. */
const typed: [name: string, type: string, values: string[]][] = [
  ['t_tiny', 'TINYINT', ['-128', '127', '0', 'NULL', '1']],
  ['t_utiny', 'TINYINT UNSIGNED', ['0', '255', '128', 'NULL', '1']],
  ['t_small', 'SMALLINT', ['-32768', '32767', '0', 'NULL', '1']],
  ['t_usmall', 'SMALLINT UNSIGNED ZEROFILL', ['0', '65535', '32768', 'NULL', '1']],
  ['t_medium', 'MEDIUMINT', ['-8388608', '8388607', '0', 'NULL', '1']],
  ['t_umedium', 'MEDIUMINT UNSIGNED', ['0', '16777215', '8388608', 'NULL', '1']],
  ['t_int', 'INT', ['-2147483648', '2147483647', '0', 'NULL', '1']],
  ['t_uint', 'INT(12) UNSIGNED ZEROFILL', ['0', '4294967295', '2147483648', 'NULL', '1']],
  ['t_big', 'BIGINT', ['-9223372036854775808', '9223372036854775807', '0', 'NULL', '1']],
  ['t_ubig', 'BIGINT UNSIGNED', ['0', '18446744073709551615', '9223372036854775808', 'NULL', '1']],
  ['t_bool', 'BOOLEAN', ['TRUE', 'FALSE', '2', 'NULL', '1']],
  ['t_float', 'FLOAT', ['0.5', '-3.402823e38', '1.17549435e-38', 'NULL', '16777216']],
  ['t_ufloat', 'FLOAT(8,3) UNSIGNED ZEROFILL', ['0.5', '1234.125', '0', 'NULL', '16']],
  ['t_double', 'DOUBLE', ['0.1', '-1.7976931348623157e308', '2.2250738585072014e-308', 'NULL', '9007199254740993']],
  [
    't_dec',
    'DECIMAL(65,30)',
    [`-${'9'.repeat(35)}.${'9'.repeat(30)}`, `${'9'.repeat(35)}.1`, '0', 'NULL', '0.000000000000000000000000000001'],
  ],
  ['t_udec', 'DECIMAL(8,2) UNSIGNED ZEROFILL', ['0', '999999.99', '1.5', 'NULL', '0.01']],
  ['t_bit', 'BIT(5)', ["b'0'", "b'11111'", "b'10'", 'NULL', "b'1'"]],
  ['t_bit64', 'BIT(64)', ["x'FFFFFFFFFFFFFFFF'", "x'00'", "x'8000000000000000'", 'NULL', "b'1'"]],
  ['t_year', 'YEAR', ['0', '1901', '2155', 'NULL', '2000']],
  ['t_date', 'DATE', ["'0000-00-00'", "'9999-12-31'", "'2026-00-00'", 'NULL', "'1000-01-01'"]],
  ['t_time', 'TIME', ["'-838:59:59'", "'838:59:59'", "'00:00:00'", 'NULL', "'-00:00:01'"]],
  ['t_time6', 'TIME(6)', ["'-838:59:59.999999'", "'100:00:00.000001'", "'00:00:00'", 'NULL', "'-00:00:00.5'"]],
  [
    't_dt',
    'DATETIME',
    ["'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2026-01-01 00:00:00'", 'NULL', "'1000-01-01 00:00:01'"],
  ],
  [
    't_dt3',
    'DATETIME(3)',
    ["'2026-01-01 00:00:00.001'", "'9999-12-31 23:59:59.999'", "'0000-00-00'", 'NULL', "'2026-03-29 02:30:00'"],
  ],
  [
    't_ts',
    'TIMESTAMP NULL',
    ["'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'0000-00-00 00:00:00'", 'NULL', "'2026-10-25 02:30:00'"],
  ],
  [
    't_ts6',
    'TIMESTAMP(6) NULL',
    ["'1970-01-01 00:00:01.000001'", "'2038-01-19 03:14:07.999999'", "'0000-00-00'", 'NULL', "'2026-10-25 02:30:00.5'"],
  ],
  ['t_char', 'CHAR(10)', ["''", "'a  '", "'日本語'", 'NULL', "'😀'"]],
  ['t_varchar', 'VARCHAR(300)', ["''", "REPEAT('x', 251)", "'trailing  '", 'NULL', "'\\0\\t\\n'"]],
  ['t_latin1', 'VARCHAR(20) CHARACTER SET latin1', ["'é€ß'", "''", "'abc'", 'NULL', "CONVERT(x'E9FF80' USING latin1)"]],
  ['t_utf16', 'VARCHAR(20) CHARACTER SET utf16', ["'é😀'", "''", "'abc'", 'NULL', "'日'"]],
  ['t_ucs2', 'TEXT CHARACTER SET ucs2', ["'é'", "''", "'abc'", 'NULL', "'日'"]],
  ['t_enum', "ENUM('', 'a', 'Ü', '1', '0')", ["'a'", "'Ü'", "''", 'NULL', "'1'"]],
  ['t_lenum', "ENUM('é', 'ß') CHARACTER SET latin1", ["'é'", "'ß'", "'é'", 'NULL', "'ß'"]],
  ['t_set', "SET('x', 'y', 'Ü')", ["''", "'x,y,Ü'", "'Ü'", 'NULL', "'y'"]],
  ['t_binary', 'BINARY(6)', ["x'00'", "x'FFFFFFFFFFFF'", "'ab'", 'NULL', "x'20'"]],
  ['t_varbinary', 'VARBINARY(300)', ["x''", "REPEAT(x'FF', 300)", "x'0020'", 'NULL', "x'E9'"]],
  ['t_tinyblob', 'TINYBLOB', ["x''", "REPEAT(x'01', 255)", "x'00'", 'NULL', "x'E9'"]],
  ['t_blob', 'BLOB', ["x''", "REPEAT(x'02', 65535)", "x'00'", 'NULL', "x'E9'"]],
  ['t_mblob', 'MEDIUMBLOB', ["x''", "REPEAT(x'03', 70000)", "x'00'", 'NULL', "x'E9'"]],
  ['t_lblob', 'LONGBLOB', ["x''", "REPEAT(x'04', 70000)", "x'00'", 'NULL', "x'E9'"]],
  ['t_text', 'TEXT', ["''", "REPEAT('ü', 3000)", "'a'", 'NULL', "'b'"]],
  ['t_ltext', 'LONGTEXT', ["''", "REPEAT('ü', 70000)", "'a'", 'NULL', "'b'"]],
  ['t_comp', 'VARCHAR(5000) COMPRESSED', ["''", "REPEAT('c', 4000)", "'a'", 'NULL', "'b'"]],
  ['t_json', 'JSON', [`'{"a": "ü"}'`, "'[]'", "'null'", 'NULL', "'1.50'"]],
  [
    't_uuid',
    'UUID',
    [
      "'123e4567-e89b-12d3-a456-426655440000'",
      "'00000000-0000-0000-0000-000000000000'",
      "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
      'NULL',
      "'6ccd780c-baba-1026-9564-5b8c656024db'",
    ],
  ],
  ['t_inet6', 'INET6', ["'::'", "'2001:db8::ff00:42:8329'", "'::ffff:1.2.3.4'", 'NULL', "'::1'"]],
  ['t_inet4', 'INET4', ["'0.0.0.0'", "'255.255.255.255'", "'1.2.3.4'", 'NULL', "'127.0.0.1'"]],
  [
    't_geom',
    'GEOMETRY',
    [
      "ST_GeomFromText('POINT(1 2)', 4326)",
      "ST_GeomFromText('LINESTRING(0 0,1 1)')",
      "ST_GeomFromText('POLYGON((0 0,1 0,1 1,0 0))')",
      'NULL',
      "ST_GeomFromText('GEOMETRYCOLLECTION(POINT(1 1))')",
    ],
  ],
  ['t_point', 'POINT', ['POINT(1, 2)', 'POINT(-1e300, 0)', 'POINT(0, 0)', 'NULL', 'POINT(0.1, 0.2)']],
];
const generated = ['g_virtual', 'g_stored'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-types-'));
  chmodSync(folder, 0o755);
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  connection = await openMysqlConnection({ node: 'shard_1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
  await connection.execute('CREATE DATABASE types');
  await connection.useDatabase('types');
  await connection.execute("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00'");
  const columns = typed.map(([name, type]) => `${name} ${type}`).join(', ');
  await connection.execute(
    `CREATE TABLE every_type (id BIGINT PRIMARY KEY AUTO_INCREMENT, ${columns},
       g_virtual INT AS (t_int DIV 2) VIRTUAL, g_stored VARCHAR(40) AS (CONCAT('g', t_tiny)) STORED) CHARACTER SET utf8mb4`,
  );
  for (let row = 0; row < 5; row++) {
    const names = typed.map(([name]) => name).join(', ');
    const values = typed.map(([, , given]) => given[row]).join(', ');
    await connection.execute(`INSERT INTO every_type (id, ${names}) VALUES (${row}, ${values})`);
  }
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => connection.execute('DROP TABLE IF EXISTS copy'));

/** As a dump does it: results unconverted, rows verbatim. */
async function stored(table = 'every_type'): Promise<{ columns: readonly Column[]; frames: Buffer; rows: number }> {
  await connection.execute('SET character_set_results = NULL');
  const pieces: Buffer[] = [];
  const { columns, rows } = await connection.streamBinary(`SELECT * FROM ${table} ORDER BY id`, ({ buffer }) => {
    pieces.push(Buffer.from(buffer));
  });
  await connection.execute("SET character_set_results = 'utf8mb4'");
  return { columns, frames: Buffer.concat(pieces), rows: Number(rows) };
}

function chosenOf(columns: readonly Column[]): { chosen: number[]; names: string; marks: string } {
  const chosen = columns.flatMap((column, i) => (generated.includes(column.name) ? [] : [i]));
  return {
    chosen,
    names: chosen.map((i) => columns[i]!.name).join(', '),
    marks: `(${chosen.map(() => '?').join(', ')})`,
  };
}

/** Equal for the server (its own checksum) and equal byte for byte as we read it, generated columns included. */
async function expectEqualCopy(original: Buffer): Promise<void> {
  const [theirs, copied] = await connection.query('CHECKSUM TABLE every_type, copy EXTENDED');
  expect(copied!.Checksum).toBe(theirs!.Checksum);
  expect((await stored('copy')).frames.equals(original)).toBe(true);
}

test('text and binary protocol give the same values for every type', async () => {
  const exact = typed.filter(([name]) => name !== 't_float').map(([name]) => name);
  const sql = `SELECT id, ${exact.join(', ')} FROM every_type ORDER BY id`;
  const text = await connection.query(sql);
  const binary = await connection.query(sql, []);
  expect(binary).toEqual(text);
});

test('values are what catalog code is promised', async () => {
  const rows = await connection.query('SELECT * FROM every_type ORDER BY id', []);
  expect(rows[0]).toMatchObject({
    id: 0n,
    t_tiny: -128,
    t_big: -(2n ** 63n),
    t_time6: '-838:59:59.999999',
    t_dt: '0000-00-00 00:00:00',
    t_latin1: 'é€ß',
    t_utf16: 'é😀',
    t_uuid: '123e4567-e89b-12d3-a456-426655440000',
    t_json: '{"a": "ü"}',
    t_bit64: Buffer.alloc(8, 0xff),
    g_stored: 'g-128',
  });
  expect(rows[1]).toMatchObject({ t_ubig: 2n ** 64n - 1n, t_uint: 4294967295, t_year: 1901, t_set: 'x,y,Ü' });
  for (const [name] of typed) expect(rows[3]![name], name).toBe(null);
});

test('stored rows loaded in bulk make an equal table of every type', async () => {
  const { columns, frames, rows } = await stored();
  const { chosen, names, marks } = chosenOf(columns);
  await connection.execute('CREATE TABLE copy LIKE every_type');
  const insert = await connection.prepare(`INSERT INTO copy (${names}) VALUES ${marks}`);
  const source = new StoredRows(columns.map(loadColumn), chosen);
  let loaded = 0n;
  for (let from = 0; from < frames.length; ) {
    const batch = encodeBulkBatch(source, insert.id, frames, from, 100_000);
    loaded += (await insert.bulkExecute(batch.message)).affectedRows;
    from = batch.next;
  }
  insert.close();
  expect(loaded).toBe(BigInt(rows));
  await expectEqualCopy(frames);
});

test('stored rows loaded by inserts of several rows make an equal table of every type', async () => {
  const { columns, frames, rows } = await stored();
  const { chosen, names, marks } = chosenOf(columns);
  await connection.execute('CREATE TABLE copy LIKE every_type');
  const insertOf = (count: number) =>
    connection.prepare(`INSERT INTO copy (${names}) VALUES ${Array(count).fill(marks).join(', ')}`);
  const source = new StoredRows(columns.map(loadColumn), chosen);
  let from = 0;
  for (let left = rows; left > 0; ) {
    const count = Math.min(2, left);
    const insert = await insertOf(count);
    const batch = encodeInsertBatch(source, insert.id, frames, from, count);
    expect((await insert.executeMessage(batch.message)).affectedRows).toBe(BigInt(count));
    insert.close();
    from = batch.next;
    left -= count;
  }
  await expectEqualCopy(frames);
});

test('stored rows loaded by LOAD DATA make an equal table of every type', async () => {
  const { columns, frames, rows } = await stored();
  await connection.execute('CREATE TABLE copy LIKE every_type');
  const declared = new Map(typed.map(([name, type]) => [name, type]));
  const { rows: source, localSql } = planLoad(
    'types',
    'copy',
    columns.map(({ name, type, flags, collation, decimals }) => ({
      ...{ name, type, flags, charset: collation, decimals, declared: declared.get(name) ?? 'BIGINT' },
      generated: generated.includes(name),
    })),
  );
  const { host, port, rootSocketLogin } = server;
  const loader = await openMysqlConnection(
    { node: 'shard_1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } },
    { localData: true },
  );
  await pinLoadSession(loader);
  const load = await loader.loadLocal(localSql, 100_000);
  let loaded = 0;
  for (let from = 0; from < frames.length; ) {
    const piece = encodeLocalRows(source, frames, from, Buffer.alloc(200_000));
    await load.write(piece.bytes);
    loaded += piece.rows;
    from = piece.next;
  }
  expect([loaded, (await load.end()).affectedRows]).toEqual([rows, BigInt(rows)]);
  await loader.execute('COMMIT');
  await loader.close();
  await expectEqualCopy(frames);
});

test('a batch made for another statement is refused', async () => {
  const { columns, frames } = await stored();
  const insert = await connection.prepare('SELECT 1');
  const batch = encodeBulkBatch(new StoredRows(columns.map(loadColumn)), insert.id + 1, frames);
  expect(() => insert.bulkExecute(batch.message)).toThrow(expect.objectContaining({ code: 'internal/unexpected' }));
  insert.close();
});
