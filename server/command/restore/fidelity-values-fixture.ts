import type { FidelityCase } from './fidelity-fixture.ts';

const nines = (whole: number, part: number) => `${'9'.repeat(whole)}.${'9'.repeat(part)}`;
const members64 = Array.from({ length: 64 }, (_, n) => `'m${n}'`).join(',');

/** Numbers and times at their edges. */
export const numbersAndTimes: readonly FidelityCase[] = [
  {
    what: 'integers of every width, signed, unsigned and zero-filled, at both ends',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a tinyint, b tinyint unsigned, c smallint, d smallint unsigned, e mediumint,
        f mediumint unsigned, g int, h int unsigned, i bigint, j bigint unsigned, k int(12) unsigned zerofill, l bool);
      INSERT INTO $t VALUES (1, -128, 0, -32768, 0, -8388608, 0, -2147483648, 0, -9223372036854775808, 0, 0, false),
        (2, 127, 255, 32767, 65535, 8388607, 16777215, 2147483647, 4294967295, 9223372036854775807, 18446744073709551615,
         4294967295, true), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 9223372036854775808, 7, NULL)`,
  },
  {
    what: 'DECIMAL(65,30) and its kin, to the last digit',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a decimal(65,30), b decimal(65,0), c decimal(38,38), d decimal(8,3) unsigned zerofill);
      INSERT INTO $t VALUES (1, -${nines(35, 30)}, -${'9'.repeat(65)}, -0.${'9'.repeat(38)}, 0),
        (2, ${nines(35, 30)}, ${'9'.repeat(65)}, 0.${'0'.repeat(37)}1, 99999.999), (3, 0.${'0'.repeat(29)}1, -0.0, -0.0, 1.5)`,
  },
  {
    what: 'FLOAT and DOUBLE: denormals, the least, the greatest, digits that text would lose',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a float, b double, c float(7,3), d double(20,6) unsigned);
      INSERT INTO $t VALUES (1, -0e0, -0e0, -9999.999, 0), (2, 1.401298464e-45, 4.9406564584124654e-324, 0.001, 1e13),
        (3, 1.17549435e-38, 2.2250738585072014e-308, 0, 1), (4, 3.4028234663852886e38, 1.7976931348623157e308, 9999.999, 0),
        (5, -3.4028234663852886e38, -1.7976931348623157e308, -0.001, 0.000001),
        (6, 0.1, 0.1, 0.1, 0.1), (7, 16777217, 9007199254740993, 1, 12345678.123456), (8, 1 / 3, 1e0 / 3, 1, 1),
        (9, 1.17549435e-38 / 3, 2.2250738585072014e-308 / 3, 0, 0), (10, 1e-44, 2.2250738585072014e-308 / 4e15, 0, 0)`,
  },
  {
    what: 'BIT of one, nine and 64 bits',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a bit(1), b bit(9), c bit(64));
      INSERT INTO $t VALUES (1, 0, 0, 0), (2, 1, 511, 18446744073709551615), (3, b'1', b'100000001', 9223372036854775808), (4, NULL, NULL, 1)`,
  },
  {
    what: 'YEAR 0000, zero dates, months and days of zero, days that no month has',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, y year, d date, t datetime, s timestamp NULL);
      INSERT INTO $t VALUES (1, 0, '0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'), (2, 1901, '2026-00-00', '2026-11-00 01:02:03', NULL),
        (3, 2155, '9999-12-31', '9999-12-31 23:59:59', '2038-01-19 03:14:07'), (4, 2000, '2026-02-31', '0001-02-30 00:00:01', '1970-01-01 00:00:01'),
        (5, NULL, NULL, NULL, NULL)`,
  },
  {
    what: 'TIME to ±838:59:59.999999 and microseconds of every width',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a time, b time(1), c time(3), d time(6), e datetime(6), f timestamp(6) NULL, g datetime(2));
      INSERT INTO $t VALUES (1, '-838:59:59', '-838:59:59.9', '-838:59:59.999', '-838:59:59.999999', '0001-01-01 00:00:00.000001', '1970-01-01 00:00:01.000001', '2026-01-01 00:00:00.01'),
        (2, '838:59:59', '838:59:59.9', '838:59:59.999', '838:59:59.999999', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999999', '9999-12-31 23:59:59.99'),
        (3, '-00:00:01', '-00:00:00.1', '-00:00:00.001', '-00:00:00.000001', '0000-00-00 00:00:00.000001', '2026-10-25 01:30:00.5', '0000-00-00'), (4, 0, 0, 0, 0, 0, 0, 0)`,
  },
  {
    what: 'TIMESTAMP as one instant, whatever zone wrote it, through both hours of a clock set back',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, at timestamp(3) NULL);
      SET time_zone = '+05:30'; INSERT INTO $t VALUES (1, '2026-11-20 10:15:00.123');
      SET time_zone = '-08:00'; INSERT INTO $t VALUES (2, '2026-11-20 10:15:00.123');
      SET timestamp = 1792888200; INSERT INTO $t VALUES (3, now(3)); SET timestamp = 1792891800; INSERT INTO $t VALUES (4, now(3))`,
  },
  {
    what: 'TIMESTAMP columns with their own default and update',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
        b timestamp(6) NOT NULL DEFAULT '0000-00-00 00:00:00.000000', c datetime(3) DEFAULT current_timestamp(3) ON UPDATE current_timestamp(3));
      INSERT INTO $t VALUES (1, '2001-02-03 04:05:06', '2001-02-03 04:05:06.7', '2001-02-03 04:05:06.789'), (2, DEFAULT, DEFAULT, DEFAULT)`,
  },
];

/** What is written in words: lists, addresses, documents, shapes. */
export const listsAndShapes: readonly FidelityCase[] = [
  {
    what: 'ENUM and SET with quotes, empty members, case, and the value 0 of an error',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a enum('it''s','a b','','中','x,y','back\\\\slash'), b set('a','b c','it''s','中'),
        c enum('é','€') CHARACTER SET latin1, d enum('A','a') COLLATE utf8mb4_bin, e set('中','文') CHARACTER SET gbk, f enum('1','0','2'));
      SET sql_mode = ''; INSERT INTO $t VALUES (1, 'it''s', '', 'é', 'A', '中,文', '1'), (2, '', 'a,b c,it''s,中', '€', 'a', '', '0'),
        (3, 0, 0, 0, 0, 0, 0), (4, 'none such', 'none such', 'none', 'b', 'x', '9'), (5, 3, 5, 1, 2, 2, 3), (6, NULL, NULL, NULL, NULL, NULL, NULL),
        (7, 'x,y', 'b c', '€', 'A', '文', '2'), (8, 'back\\\\slash', 'a,中', 'é', 'a', '中', '0')`,
  },
  {
    what: 'ENUM of more than 255 members and SET of 64',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a enum(${Array.from({ length: 300 }, (_, n) => `'v${n}'`).join(',')}), b set(${members64}));
      INSERT INTO $t VALUES (1, 'v0', 0), (2, 'v299', 18446744073709551615), (3, 256, 9223372036854775808), (4, 0, 1)`,
  },
  {
    what: 'JSON as it was written, spaces and order of keys included',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a json, b json NOT NULL DEFAULT '{}');
      INSERT INTO $t VALUES (1, '{"b" : 1,  "a":[1.50, 1e3, "\\\\u00e9 中😀"], "b":2}', 'null'), (2, NULL, '"x"'), (3, '[]', '1.10')`,
  },
  {
    what: 'UUID, INET6 and INET4, all zero and all one too',
    sql: `CREATE TABLE $t (id uuid PRIMARY KEY, a inet6, b inet4);
      INSERT INTO $t VALUES ('00000000-0000-0000-0000-000000000000', '::', '0.0.0.0'), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '255.255.255.255'),
        ('123e4567-e89b-12d3-a456-426655440000', '::ffff:1.2.3.4', '32.32.32.32'), ('6ccd780c-baba-1026-9564-5b8c656024db', '2001:db8::', '49.50.51.52'), ('20202020-2020-2020-2020-202020202020', '::1', NULL)`,
  },
  {
    what: 'geometry of every kind, with and without SRID',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, g geometry, p point, l linestring, y polygon, mp multipoint, ml multilinestring, my multipolygon, c geometrycollection);
      INSERT INTO $t VALUES (1, point(1, -2.5), point(-180, 90), st_geomfromtext('LINESTRING(0 0,1 1,2 4)', 4326), st_geomfromtext('POLYGON((0 0,9 0,9 9,0 0),(2 1,3 1,3 2,2 1))'),
        st_geomfromtext('MULTIPOINT(0 0,1 1)', 3857), st_geomfromtext('MULTILINESTRING((0 0,1 1),(2 2,3 3))'), st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))'),
        st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))', 4326)), (2, st_geomfromtext('GEOMETRYCOLLECTION EMPTY'), NULL, NULL, NULL, NULL, NULL, NULL, NULL),
        (3, st_geomfromtext('POINT(1e308 -1e-308)', 4294967295), point(0.1, 0.2), NULL, NULL, NULL, NULL, NULL, NULL)`,
  },
];

const sets = [
  'latin1',
  'utf8mb3',
  'utf8mb4',
  'gbk',
  'binary',
  'ucs2',
  'utf16',
  'utf16le',
  'utf32',
  'sjis',
  'big5',
  'cp1251',
  'koi8r',
  'euckr',
  'ujis',
  'swe7',
  'cp932',
  'tis620',
];

/** Text in every kind of character set, and bytes. */
export const textAndBytes: readonly FidelityCase[] = [
  {
    what: 'columns of eighteen character sets side by side',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, ${sets.map((set) => `c_${set} varchar(60) CHARACTER SET ${set}`).join(', ')});
      INSERT INTO $t VALUES (1, ${sets.map((set) => `convert('plain ~|' USING ${set})`).join(', ')});
      INSERT INTO $t (id, c_latin1, c_utf8mb3, c_utf8mb4, c_gbk, c_binary, c_ucs2, c_utf16, c_utf16le, c_utf32, c_sjis, c_big5, c_cp1251, c_koi8r, c_euckr, c_ujis, c_cp932, c_tis620)
        VALUES (2, 'é€ß', '日本', '日😀', '中文', x'00ff80', '中é', '😀é', '😀é', '😀é', 'ソ表', '功許', 'Жё', 'Жё', '한글', '日本', '①ソ', 'ก');
      INSERT INTO $t (id) VALUES (3)`,
  },
  {
    what: 'bytes that are no text of their column, stored all the same',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a varchar(20) CHARACTER SET latin1, b varchar(20) CHARACTER SET utf8mb4, c varchar(20) CHARACTER SET gbk,
        d varchar(20) CHARACTER SET utf16, e text CHARACTER SET sjis, f char(9) CHARACTER SET utf8mb3, g varbinary(40));
      INSERT INTO $t (id, a, g) VALUES (1, x'00ff8190a0', x'c328a0ff'), (2, x'5c27220a0d1a00', x'5c27220a0d1a00');
      ALTER TABLE $t MODIFY b varbinary(80), MODIFY c varbinary(40), MODIFY d varbinary(80), MODIFY e blob, MODIFY f binary(27);
      UPDATE $t SET b = x'41c328f09f98', c = x'8141ff', d = x'41d83d0042', e = x'81ad80ff', f = x'41ff80' WHERE id = 1;
      UPDATE $t SET b = '', c = '', d = '', e = '', f = '' WHERE id = 2`,
  },
  {
    what: 'a column whose bytes are of another character set than it says',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a varchar(40) CHARACTER SET latin1); SET NAMES latin1;
      INSERT INTO $t VALUES (1, 'Grüße 中文 😀')`,
  },
  {
    what: 'spaces at the end: CHAR, VARCHAR, BINARY, VARBINARY, TEXT',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a char(6), b varchar(6), c binary(6), d varbinary(6), e text, f char(6) CHARACTER SET ucs2, g char(6) COLLATE utf8mb4_nopad_bin, h char(0), i char(0) NOT NULL);
      INSERT INTO $t VALUES (1, 'a  ', 'a  ', 'a  ', 'a  ', 'a  ', 'a  ', 'a  ', '', ''), (2, '', '', '', '', '', '', '', NULL, ''), (3, '   ', '   ', x'000000000000', x'0000', '   ', '   ', '   ', '', ''),
        (4, 'a\\0\\0', 'a\\0', x'61000000', x'610000', 'a\\0', 'a\\0', 'a\\0', '', ''), (5, '日本語日本語', '😀', x'ffffffff2000', x'20', '\\t\\n\\r', 'é', 'é', '', '')`,
  },
  {
    what: 'text that a collation calls equal and is not',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a varchar(20) COLLATE utf8mb4_general_ci, b varchar(20) COLLATE utf8mb4_german2_ci, KEY a (a));
      INSERT INTO $t VALUES (1, 'a', 'ß'), (2, 'A', 'ss'), (3, 'ä', 'SS'), (4, 'a ', 's s'), (5, 'A', 'ſs')`,
  },
  {
    what: 'TEXT and BLOB of every width, where the length of the length changes',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a tinytext, b text, c mediumtext, d longtext, e tinyblob, f blob, g mediumblob, h longblob);
      INSERT INTO $t SELECT n, repeat('x', least(n, 255)), repeat('y', least(n, 65535)), repeat('z', n), repeat('é', n), repeat(x'00', least(n, 255)), repeat(x'ff', least(n, 65535)), repeat(x'0d0a', n), repeat(x'27', n)
        FROM (SELECT 0 AS n UNION VALUES (1), (250), (251), (252), (255), (256), (65535), (65536), (70000), (300000)) AS lengths`,
  },
  {
    what: 'a value of just as many bytes as one packet holds, and one more and less',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, b longblob); INSERT INTO $t SELECT seq, repeat('p', 16777215 - 20 + seq) FROM seq_1_to_24`,
  },
  {
    what: 'COMPRESSED columns',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a varchar(2000) COMPRESSED, b varbinary(2000) COMPRESSED, c text COMPRESSED, d longblob COMPRESSED, e varchar(500) CHARACTER SET ucs2 COMPRESSED DEFAULT 'zip');
      INSERT INTO $t VALUES (1, '', '', '', '', ''), (2, 'short', x'00', 'short', x'01', 'é'), (3, repeat('zip', 600), repeat(x'00', 2000), repeat('zip ', 9000), repeat(x'0001', 200000), repeat('é', 400)), (4, NULL, NULL, NULL, NULL, DEFAULT)`,
  },
];
