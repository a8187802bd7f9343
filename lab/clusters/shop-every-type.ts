/**
 * `shop.every_type`: one column for every type MariaDB 10.11 has, and rows at their edges: everything NULL, the least, the
 * greatest, empty, zero dates, long values, bytes that are no text. `shop.generated` holds what is computed, not stored.
 */
const columns: readonly [name: string, type: string, least: string, greatest: string][] = [
  ['c_tinyint', 'tinyint', '-128', '127'],
  ['c_tinyint_u', 'tinyint unsigned', '0', '255'],
  ['c_bool', 'boolean', 'false', 'true'],
  ['c_smallint', 'smallint', '-32768', '32767'],
  ['c_smallint_u', 'smallint unsigned', '0', '65535'],
  ['c_mediumint', 'mediumint', '-8388608', '8388607'],
  ['c_mediumint_u', 'mediumint unsigned', '0', '16777215'],
  ['c_int', 'int', '-2147483648', '2147483647'],
  ['c_int_zerofill', 'int(8) unsigned zerofill', '0', '4294967295'],
  ['c_bigint', 'bigint', '-9223372036854775808', '9223372036854775807'],
  ['c_bigint_u', 'bigint unsigned', '0', '18446744073709551615'],
  [
    'c_decimal',
    'decimal(65,30)',
    '-99999999999999999999999999999999999.999999999999999999999999999999',
    '99999999999999999999999999999999999.999999999999999999999999999999',
  ],
  ['c_decimal_int', 'decimal(10,0)', '-9999999999', '9999999999'],
  ['c_decimal_u', 'decimal(8,3) unsigned', '0', '99999.999'],
  ['c_float', 'float', '-3.402823e38', '1.1754944e-38'],
  ['c_float_digits', 'float(7,3)', '-9999.999', '0.001'],
  ['c_double', 'double', '-1.7976931348623157e308', '2.2250738585072014e-308'],
  ['c_bit1', 'bit(1)', "b'0'", "b'1'"],
  ['c_bit13', 'bit(13)', "b'0'", "b'1010101010101'"],
  ['c_bit64', 'bit(64)', "b'0'", '18446744073709551615'],
  ['c_date', 'date', "'0000-00-00'", "'9999-12-31'"],
  ['c_time', 'time', "'-838:59:59'", "'838:59:59'"],
  ['c_time3', 'time(3)', "'-00:00:00.001'", "'838:59:59.999'"],
  ['c_time6', 'time(6)', "'-838:59:59.999999'", "'838:59:59.999999'"],
  ['c_datetime', 'datetime', "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'"],
  ['c_datetime1', 'datetime(1)', "'1000-01-01 00:00:00.1'", "'9999-12-31 23:59:59.9'"],
  ['c_datetime6', 'datetime(6)', "'0000-00-00 00:00:00.000000'", "'9999-12-31 23:59:59.999999'"],
  ['c_timestamp', 'timestamp NULL', "'0000-00-00 00:00:00'", "'2038-01-19 03:14:07'"],
  ['c_timestamp6', 'timestamp(6) NULL', "'1970-01-01 00:00:01.000001'", "'2038-01-19 03:14:07.999999'"],
  ['c_year', 'year', '0000', '2155'],
  ['c_char', 'char(10)', "''", "'end🙂'"],
  ['c_char0', 'char(0)', "''", "''"],
  ['c_char_latin1', 'char(10) CHARACTER SET latin1', "''", "'ÿþé'"],
  ['c_varchar', 'varchar(255)', "''", "repeat('🙂', 255)"],
  ['c_varchar_ucs2', 'varchar(20) CHARACTER SET ucs2', "''", "'中é'"],
  ['c_varchar_utf16', 'varchar(20) CHARACTER SET utf16', "''", "'🙂é'"],
  ['c_varchar_utf32', 'varchar(20) CHARACTER SET utf32', "''", "'🙂é'"],
  ['c_varchar_utf8mb3', 'varchar(20) CHARACTER SET utf8mb3', "''", "'中é'"],
  ['c_varchar_gbk', 'varchar(20) CHARACTER SET gbk', "''", "'中文'"],
  ['c_varchar_sjis', 'varchar(20) CHARACTER SET sjis', "''", "'ソ表'"],
  ['c_varchar_ci', 'varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_german2_ci', "' lead'", "'trail  '"],
  ['c_binary', 'binary(16)', "x'00'", "x'ffffffffffffffffffffffffffff2000'"],
  ['c_varbinary', 'varbinary(300)', "x''", "x'000102275c0a0d1a22ff00'"],
  ['c_tinytext', 'tinytext', "''", "repeat('x', 255)"],
  ['c_text', 'text', "''", "repeat('line\\n\\t\\\\\\'\"', 1000)"],
  ['c_mediumtext', 'mediumtext', "''", "repeat('中', 30000)"],
  ['c_longtext', 'longtext', "''", "repeat('long ', 200000)"],
  ['c_tinyblob', 'tinyblob', "x''", "x'00ff00ff'"],
  ['c_blob', 'blob', "x''", "repeat(x'00ff10', 20000)"],
  ['c_mediumblob', 'mediumblob', "x''", "repeat(x'0d0a', 50000)"],
  ['c_longblob', 'longblob', "x''", "repeat(x'deadbeef', 400000)"],
  ['c_varchar_zip', 'varchar(2000) COMPRESSED', "''", "repeat('zip', 600)"],
  ['c_varbinary_zip', 'varbinary(2000) COMPRESSED', "x''", "repeat(x'00', 2000)"],
  ['c_text_zip', 'text COMPRESSED', "'short'", "repeat('zip ', 4000)"],
  ['c_blob_zip', 'longblob COMPRESSED', "x'00'", "repeat(x'0001', 100000)"],
  ['c_enum', "enum('a','b','it''s','','中')", "'a'", "'中'"],
  ['c_set', "set('a','b','c','it''s')", "''", "'a,b,c,it''s'"],
  ['c_set64', `set(${Array.from({ length: 64 }, (_, at) => `'m${at}'`).join(',')})`, "''", '18446744073709551615'],
  ['c_json', 'json', "'null'", `'{"a":[1,2.5,"\\\\u00e9 中🙂",null],"b":{"c":true}}'`],
  ['c_uuid', 'uuid', "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"],
  ['c_inet4', 'inet4', "'0.0.0.0'", "'255.255.255.255'"],
  ['c_inet6', 'inet6', "'::'", "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'"],
  ['c_geometry', 'geometry', 'point(0, 0)', "st_geomfromtext('LINESTRING(0 0,1 1)')"],
  ['c_point', 'point', 'point(-180, -90)', 'point(180, 90)'],
  [
    'c_linestring',
    'linestring',
    "st_geomfromtext('LINESTRING(0 0,1 1)')",
    "st_geomfromtext('LINESTRING(0 0,1 1,2 4)', 4326)",
  ],
  [
    'c_polygon',
    'polygon',
    "st_geomfromtext('POLYGON((0 0,1 0,1 1,0 0))')",
    "st_geomfromtext('POLYGON((0 0,9 0,9 9,0 0),(2 1,3 1,3 2,2 1))')",
  ],
  ['c_multipoint', 'multipoint', "st_geomfromtext('MULTIPOINT(0 0)')", "st_geomfromtext('MULTIPOINT(0 0,1 1)')"],
  [
    'c_multilinestring',
    'multilinestring',
    "st_geomfromtext('MULTILINESTRING((0 0,1 1))')",
    "st_geomfromtext('MULTILINESTRING((0 0,1 1),(2 2,3 3))')",
  ],
  [
    'c_multipolygon',
    'multipolygon',
    "st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)))')",
    "st_geomfromtext('MULTIPOLYGON(((0 0,1 0,1 1,0 0)),((5 5,6 5,6 6,5 5)))')",
  ],
  [
    'c_geometrycollection',
    'geometrycollection',
    "st_geomfromtext('GEOMETRYCOLLECTION EMPTY')",
    "st_geomfromtext('GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))')",
  ],
];

const names = columns.map(([name]) => name).join(', ');

/** The number of rows in `every_type`. */
export const everyTypeRows = 5;

export const everyType = `
  SET time_zone = '+00:00';
  SET sql_mode = '';
  CREATE TABLE every_type (id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    ${columns.map(([name, type]) => `${name} ${type}${/ NULL$/.test(type) ? ' DEFAULT NULL' : ''}`).join(',\n    ')},
    c_hidden int INVISIBLE DEFAULT 42,
    c_default varchar(40) NOT NULL DEFAULT (concat('d', 'efault'))) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC;
  INSERT INTO every_type (id) VALUES (1);
  INSERT INTO every_type (id, ${names}, c_hidden) VALUES (2, ${columns.map(([, , least]) => least).join(', ')}, -1);
  INSERT INTO every_type (id, ${names}, c_hidden) VALUES (3, ${columns.map(([, , , greatest]) => greatest).join(', ')}, NULL);
  INSERT INTO every_type (id, c_float, c_double, c_date, c_time6, c_char, c_binary, c_enum) VALUES
    (4, -0e0, -0e0, '2024-02-29', '00:00:00.000001', 'a   ', x'4100', 0), (2000000000, 0.1, 0.1, '2026-00-15', '12:34:56.5', 'Ω', '', '');

  CREATE TABLE generated (id int NOT NULL PRIMARY KEY, a int, b varchar(20), twice int AS (a * 2) VIRTUAL, loud varchar(20) AS (upper(b)) PERSISTENT,
    doc json, doc_k int AS (json_value(doc, '$.k')) STORED, KEY by_twice (twice), UNIQUE KEY by_loud (loud), FULLTEXT KEY words (b)) ENGINE=InnoDB;
  INSERT INTO generated (id, a, b, doc) SELECT seq, seq * 3, concat('word', seq), json_object('k', seq) FROM seq_1_to_50;

  CREATE TABLE places (id int NOT NULL PRIMARY KEY, at point NOT NULL, SPATIAL KEY by_place (at)) ENGINE=InnoDB;
  INSERT INTO places SELECT seq, point(seq, -seq) FROM seq_1_to_20;
`;
