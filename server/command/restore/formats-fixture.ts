import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SeenTable } from './fidelity-content-fixture.ts';
import { type FidelityCase, startFidelity, tableNameOf } from './fidelity-fixture.ts';

/** Repositories as earlier versions wrote them, one folder each: see README.md there. */
export const formatsFolder = join(import.meta.dirname, 'formats');

export const keptFormats = (): string[] =>
  readdirSync(formatsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** What the tables of a kept repository were when it was written: read by SQL, not by us. */
interface Truth {
  backupId: string;
  /** As SELECT VERSION() tells it. */
  server: string;
  tables: Record<string, SeenTable>;
}

const database = 'kept';

/**
 * Writes a repository with one small backup, by the backup command as it is now, and the truth about it, into a folder
 * that is not there yet.
 */
export async function recordFormat(folder: string): Promise<void> {
  mkdirSync(folder);
  const lab = await startFidelity({ store: resolve(folder, 'repository') });
  try {
    await lab.make(database, tables);
    const { backupId, tables: taken } = await lab.backUp(database);
    const failed = taken.find(({ error }) => error !== null);
    if (failed) throw new Error(`${failed.source}: ${failed.error!.message}`);
    const seen = Object.fromEntries(await lab.seen(database));
    const server = (await lab.server.sql('SELECT version()')).trim();
    const truth: Truth = { backupId, server, tables: seen };
    writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truth, null, 2)}\n`);
  } finally {
    await lab.stop();
  }
}

/** Restores all of a kept repository onto a new server. Answers with what was, and what is there now. */
export async function restoreFormat(
  folder: string,
): Promise<{ was: Map<string, SeenTable>; is: Map<string, SeenTable> }> {
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Truth;
  const lab = await startFidelity({
    fill: (store) => cpSync(join(folder, 'repository'), store, { recursive: true }),
  });
  try {
    const sources = Object.keys(truth.tables).map((table) => lab.nameOf(database, table));
    const fates = await lab.bringBack(truth.backupId, database, sources);
    const failed = [...fates].find(([, fate]) => fate !== null);
    if (failed) throw new Error(failed.join(': '));
    return { was: new Map(Object.entries(truth.tables)), is: await lab.seen(`${database}_back`) };
  } finally {
    await lab.stop();
  }
}

export const recordedTables = () => tables.map(tableNameOf);

const types = [
  ['tinyint', '-128', '127'],
  ['tinyint unsigned', '0', '255'],
  ['smallint(5) unsigned zerofill', '0', '65535'],
  ['mediumint', '-8388608', '8388607'],
  ['int unsigned', '0', '4294967295'],
  ['bigint', '-9223372036854775808', '9223372036854775807'],
  ['bigint unsigned', '0', '18446744073709551615'],
  ['decimal(65,30)', `-${'9'.repeat(35)}.${'9'.repeat(30)}`, '0.1'],
  ['float', '-0e0', '0.1'],
  ['double', '4.9406564584124654e-324', '0.1'],
  ['bit(1)', "b'0'", "b'1'"],
  ['bit(64)', '0', '18446744073709551615'],
  ['year', '0', '2155'],
  ['date', "'0000-00-00'", "'9999-12-31'"],
  ['time', "'-838:59:59'", "'838:59:59'"],
  ['time(6)', "'-838:59:59.999999'", "'00:00:00.000001'"],
  ['datetime', "'0000-00-00 00:00:00'", "'2026-11-20 10:15:00'"],
  ['datetime(6)', "'9999-12-31 23:59:59.999999'", "'2026-11-20 10:15:00.5'"],
  ['timestamp NULL', "'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'"],
  ['timestamp(6) NULL', "'1970-01-01 00:00:01.000001'", "'2026-11-20 10:15:00.5'"],
  ['char(6)', "''", "'a  '"],
  ['char(6) CHARACTER SET latin1', "'é€ß'", "''"],
  ['varchar(300)', "'日😀'", "repeat('x', 300)"],
  ['varchar(9) CHARACTER SET gbk', "'中文'", "''"],
  ['varchar(9) CHARACTER SET utf16', "'é😀'", "''"],
  ['varchar(9) CHARACTER SET utf8mb3', "'日本'", "''"],
  ['binary(6)', "x'610000'", "x'ffffffff2000'"],
  ['varbinary(300)', "x''", "repeat(x'ff', 252)"],
  ['tinytext', "''", "'t'"],
  ['longtext', "''", "repeat('long ', 14000)"],
  ['longblob', "x'00ff'", "repeat(x'deadbeef', 300)"],
  ['text COMPRESSED', "''", "repeat('zip ', 900)"],
  ["enum('a','b c','中')", "'a'", "'中'"],
  ["set('a','b','it''s')", "''", "'a,b,it''s'"],
  ['json', `'{"a" : [1.50, "é"]}'`, "'null'"],
  ['uuid', "'00000000-0000-0000-0000-000000000000'", "'123e4567-e89b-12d3-a456-426655440000'"],
  ['inet6', "'::'", "'2001:db8::1'"],
  ['inet4', "'0.0.0.0'", "'255.255.255.255'"],
  ['geometry', 'point(1, -2.5)', "st_geomfromtext('LINESTRING(0 0,1 1)', 4326)"],
];

const row = (id: number, at: number) => `(${[id, ...types.map((type) => type[at])].join(', ')})`;

/** Small, and of every kind. Once a repository is kept, its truth does not depend on these any more. */
const tables: readonly FidelityCase[] = [
  {
    what: 'every type',
    table: 'every_type',
    sql: `CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY, ${types.map(([type], n) => `c${n} ${type}`).join(', ')});
      INSERT INTO $t VALUES ${row(1, 1)}, ${row(9, 2)}; INSERT INTO $t (id) VALUES (5)`,
  },
  {
    what: 'columns that are computed, hidden, checked',
    table: 'odd`columns',
    sql: `CREATE TABLE $t (v int AS (id * 2) VIRTUAL, id int PRIMARY KEY, h int INVISIBLE DEFAULT 5, s varchar(20) AS (concat('s', h)) STORED, d varchar(20) NOT NULL DEFAULT (concat('d', 'e')), c int CHECK (c > 0), UNIQUE KEY s (s), KEY v (v DESC)) COMMENT='it''s 日';
      INSERT INTO $t (id, h, c) VALUES (1, 7, 1), (2, NULL, NULL)`,
  },
  {
    what: 'a past',
    table: 'past',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, v varchar(9)) WITH SYSTEM VERSIONING;
      SET timestamp = 1700000000.123456; INSERT INTO $t VALUES (1, 'a'), (2, 'b'); SET timestamp = 1700000100; UPDATE $t SET v = 'c' WHERE id = 1; DELETE FROM $t WHERE id = 2`,
  },
  {
    what: 'partitions',
    table: 'parts',
    sql: `CREATE TABLE $t (id int, d date, PRIMARY KEY (id, d)) PARTITION BY RANGE COLUMNS (d) (PARTITION p0 VALUES LESS THAN ('2026-01-01'), PARTITION p1 VALUES LESS THAN MAXVALUE);
      INSERT INTO $t VALUES (1, '2025-01-01'), (2, '2026-06-01')`,
  },
  {
    what: 'ENUM with an empty member, and the value 0 of an error',
    table: 'members',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a enum('x','','1') CHARACTER SET latin1, b enum('') NOT NULL); SET sql_mode = '';
      INSERT INTO $t VALUES (1, '', ''), (2, 0, 0), (3, 'x', ''), (4, '1', 0), (5, NULL, '')`,
  },
  {
    what: 'no key',
    table: 'no_key',
    sql: "CREATE TABLE $t (a int, b text); INSERT INTO $t VALUES (1, 'x'), (1, 'x'), (NULL, NULL)",
  },
  {
    what: 'no rows',
    table: 'no_rows',
    empty: true,
    sql: 'CREATE TABLE $t (a int AUTO_INCREMENT PRIMARY KEY, b geometry NOT NULL, SPATIAL KEY b (b)) AUTO_INCREMENT = 42',
  },
];
