import type { FidelityCase } from './fidelity-fixture.ts';

/** What a column can be besides its type. */
export const columns: readonly FidelityCase[] = [
  {
    what: 'generated columns, virtual and stored, in indexes and over invisible columns',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, b varchar(20), hid int INVISIBLE DEFAULT 5, v int AS (a * 2) VIRTUAL, s varchar(40) AS (concat(b, '|', a, 'y''z')) STORED,
        vh int AS (hid + 1) VIRTUAL INVISIBLE, vv int AS (v + 1) VIRTUAL, doc json, k int AS (json_value(doc, '$.k')) STORED, KEY v (v), UNIQUE KEY s (s), KEY vh (vh, a), KEY mixed (b, vv), FULLTEXT KEY words (b));
      INSERT INTO $t (id, a, b, hid, doc) SELECT seq, seq * 3, concat('word', seq), if(seq % 2, NULL, seq), json_object('k', seq) FROM seq_1_to_30; INSERT INTO $t (id) VALUES (99)`,
  },
  {
    what: 'a table with a generated column in front, between and behind, of which none is written',
    sql: `CREATE TABLE $t (g1 int AS (id) VIRTUAL, id int PRIMARY KEY, g2 timestamp(6) AS (at) STORED, at timestamp(6) NULL, g3 binary(4) AS (unhex(hex(id))) VIRTUAL);
      INSERT INTO $t (id, at) VALUES (1, '2026-01-02 03:04:05.678901'), (16, NULL)`,
  },
  {
    what: 'invisible columns, the first and the last, with and without default',
    sql: `CREATE TABLE $t (h1 int INVISIBLE, id int PRIMARY KEY, h2 varchar(20) NOT NULL DEFAULT 'd' INVISIBLE, h3 timestamp(6) NOT NULL DEFAULT current_timestamp(6) INVISIBLE);
      INSERT INTO $t (h1, id, h2, h3) VALUES (7, 1, 'x', '2001-01-01 00:00:00.000001'); INSERT INTO $t VALUES (2)`,
  },
  {
    what: 'DEFAULT of every kind: constants, zero, NULL, expressions, functions, other columns',
    sql: `CREATE TABLE $t (id int PRIMARY KEY DEFAULT 7, a varchar(40) NOT NULL DEFAULT (concat('d', 'e''f\\n')), b uuid DEFAULT uuid(), c int DEFAULT (id + 1), d bit(4) DEFAULT b'101', e date DEFAULT '0000-00-00',
        f blob DEFAULT x'00ff', g json DEFAULT json_array(1, 'x'), h decimal(5,2) DEFAULT -0.50, i enum('a','b') DEFAULT 'b', j set('x','y') DEFAULT 'x,y', k double DEFAULT 1e100, l varchar(9) CHARACTER SET gbk DEFAULT '中',
        m datetime DEFAULT (current_timestamp() + interval 1 day), n point DEFAULT point(1,2), o text DEFAULT (repeat('o', 5)), p varchar(5) DEFAULT '', q int DEFAULT NULL, r binary(3) DEFAULT 'a\\0');
      INSERT INTO $t VALUES (); INSERT INTO $t (id, a) VALUES (8, '')`,
  },
  {
    what: 'CHECK of a column and of the table, named and not, with rows that break it',
    sql: `SET check_constraint_checks = 0; CREATE TABLE $t (id int PRIMARY KEY, a int CHECK (a > 0), b varchar(9) CHECK (b <> 'x''y'), CONSTRAINT \`c 1\` CHECK (a <> id), CHECK (char_length(b) < 5), d json);
      INSERT INTO $t VALUES (1, -1, 'x''y', '[]'), (2, 2, 'too long', '{}'), (3, 5, NULL, NULL)`,
  },
  {
    what: 'comments of table and columns, with quotes, backslashes, line ends and characters past three bytes',
    sql: `CREATE TABLE $t (id int PRIMARY KEY COMMENT 'it''s \\\\ "x"\\n2', a int COMMENT '日本 😀', KEY a (a) COMMENT 'k ''q'' 😀') COMMENT='a''b\\\\c 😀\\t'; INSERT INTO $t VALUES (1, 1)`,
  },
  {
    what: 'the next value of AUTO_INCREMENT, past the largest row',
    sql: `CREATE TABLE $t (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, a int); INSERT INTO $t VALUES (5, 1), (9000000000, 2), (0, 3); DELETE FROM $t WHERE id > 5`,
  },
  {
    what: 'AUTO_INCREMENT at its end, of one byte, and on the second column of a key',
    sql: `CREATE TABLE $t (id tinyint unsigned AUTO_INCREMENT, a int NOT NULL, PRIMARY KEY (a, id), KEY id (id)); INSERT INTO $t VALUES (255, 1), (1, 1)`,
  },
  {
    what: 'AUTO_INCREMENT set by hand on an empty table',
    empty: true,
    sql: 'CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 4711',
  },
  {
    what: 'AUTO_INCREMENT with rows of 0 and below it',
    sql: `CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY, a int); INSERT INTO $t VALUES (0, 1), (-5, 2), (-2147483648, 3)`,
  },
  {
    what: 'a thousand and seventeen columns',
    sql: `CREATE TABLE $t (${Array.from({ length: 1017 }, (_, n) => `c${n} ${['int', 'varchar(3)', 'bit(3)', 'double', 'date'][n % 5]}`).join(', ')});
      INSERT INTO $t (c0, c1, c2, c1016) VALUES (1, 'abc', 5, 'x'); INSERT INTO $t () VALUES (); INSERT INTO $t (${Array.from({ length: 1017 }, (_, n) => `c${n}`).join(', ')}) VALUES (${Array.from({ length: 1017 }, (_, n) => ['1', "'é'", '7', '0.5', "'2026-01-01'"][n % 5]).join(', ')})`,
  },
  {
    what: 'a row at the limit of 65,535 bytes',
    sql: `CREATE TABLE $t (a varchar(32760) CHARACTER SET latin1, b varchar(32765) CHARACTER SET latin1) ROW_FORMAT=DYNAMIC; INSERT INTO $t VALUES (repeat('a', 32760), repeat('b', 32765)), ('', '')`,
  },
  { what: 'a table of one column and no rows', empty: true, sql: 'CREATE TABLE $t (a geometry)' },
  {
    what: 'instant columns: added, dropped and moved without a rebuild',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, b varchar(10)); INSERT INTO $t VALUES (1, 1, 'x'), (2, 2, 'y'); ALTER TABLE $t ADD c varchar(10) DEFAULT 'new' AFTER id, ALGORITHM=INSTANT;
      ALTER TABLE $t DROP a, ALGORITHM=INSTANT; INSERT INTO $t VALUES (3, NULL, 'z'); ALTER TABLE $t MODIFY b varchar(10) FIRST, ALGORITHM=INSTANT`,
  },
];

/** Tables that keep their past, or periods of the world. */
export const periods: readonly FidelityCase[] = [
  {
    what: 'system versioning with hidden period and rows of the past',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, v varchar(20)) WITH SYSTEM VERSIONING;
      SET timestamp = 1700000000.123456; INSERT INTO $t VALUES (1, 'a'), (2, 'b'), (3, 'c'); SET timestamp = 1700000100.5; UPDATE $t SET v = 'a2' WHERE id = 1; DELETE FROM $t WHERE id = 2;
      SET timestamp = 1700000200; INSERT INTO $t VALUES (2, 'b again'); UPDATE $t SET id = 9 WHERE id = 3`,
  },
  {
    what: 'system versioning with period columns of its own, one of them invisible, one column without',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, v int, w int WITHOUT SYSTEM VERSIONING, s timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE, e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING;
      SET timestamp = 1700000000; INSERT INTO $t (id, v, w) VALUES (1, 1, 1), (2, 2, 2); SET timestamp = 1700000001; UPDATE $t SET v = 5; UPDATE $t SET w = 7; SET timestamp = 1700000002; DELETE FROM $t WHERE id = 1`,
  },
  {
    what: 'system versioning with AUTO_INCREMENT, generated columns, defaults and a unique key',
    sql: `CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY, v varchar(20) DEFAULT 'd', g varchar(30) AS (concat(v, '!')) STORED, gv int AS (h * 2) VIRTUAL, h int INVISIBLE DEFAULT 3, UNIQUE KEY v (v), KEY gv (gv)) WITH SYSTEM VERSIONING;
      SET timestamp = 1700000000; INSERT INTO $t (v) VALUES ('x'), ('y'); SET timestamp = 1700000009; UPDATE $t SET v = concat(v, v), h = 8; DELETE FROM $t WHERE id = 2; INSERT INTO $t (v) VALUES ('y')`,
  },
  {
    what: 'system versioning with history in partitions of its own',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME LIMIT 100 (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT);
      SET timestamp = 1700000000; INSERT INTO $t SELECT seq, seq FROM seq_1_to_150; SET timestamp = 1700000001; UPDATE $t SET v = v + 1; SET timestamp = 1700000002; DELETE FROM $t WHERE id > 100`,
  },
  {
    what: 'system versioning with history in partitions by time',
    sql: `SET timestamp = 1700000000; CREATE TABLE $t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME INTERVAL 1 DAY STARTS '2023-11-14 00:00:00' (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT);
      INSERT INTO $t VALUES (1, 1), (2, 2); SET timestamp = 1700000500; UPDATE $t SET v = 3 WHERE id = 1; SET timestamp = 1700090000; UPDATE $t SET v = 4`,
  },
  {
    what: 'a period of the application, WITHOUT OVERLAPS',
    sql: `CREATE TABLE $t (id int, s date, e date, v int, PERIOD FOR p (s, e), UNIQUE KEY o (id, p WITHOUT OVERLAPS), KEY v (v));
      INSERT INTO $t VALUES (1, '2026-01-01', '2026-02-01', 1), (1, '2026-02-01', '2026-03-01', 2), (2, '2026-01-01', '9999-12-31', 3); DELETE FROM $t FOR PORTION OF p FROM '2026-05-01' TO '2026-06-01' WHERE id = 2`,
  },
  {
    what: 'both periods at once',
    sql: `CREATE TABLE $t (id int, s datetime(6), e datetime(6), v int, PERIOD FOR p (s, e), PRIMARY KEY (id, p WITHOUT OVERLAPS)) WITH SYSTEM VERSIONING;
      SET timestamp = 1700000000; INSERT INTO $t VALUES (1, '2026-01-01', '2026-12-31', 1); SET timestamp = 1700000100; UPDATE $t FOR PORTION OF p FROM '2026-03-01' TO '2026-04-01' SET v = 2`,
  },
];
