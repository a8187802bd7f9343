/** For tests: what happens to a table in an interval, and the restore goes across it. */
export interface Story {
  /** In database `d`, before the backup. */
  readonly before: string;
  /** Between the backup and the instant. */
  readonly during: string;
  /** The name asked for; default `t`. */
  readonly table?: string;
}

const plain = `CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(40) NOT NULL DEFAULT 'x', n INT, KEY (v));
  INSERT INTO t (v, n) SELECT CONCAT('row ', seq), seq FROM seq_1_to_200;`;
const change = (from: number, set = 'n = n + 1000') =>
  `UPDATE t SET ${set} WHERE id BETWEEN ${from} AND ${from + 20}; DELETE FROM t WHERE id = ${from + 5};
   INSERT INTO t (v, n) VALUES ('new ${from}', ${from}); UPDATE t SET id = id + 5000 WHERE id = ${from + 7};`;
const heap = `CREATE TABLE t (v VARCHAR(40), n INT); INSERT INTO t SELECT CONCAT('row ', seq % 7), seq % 5 FROM seq_1_to_200;`;
const parts = `CREATE TABLE t (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id)
  (PARTITION a VALUES LESS THAN (50), PARTITION b VALUES LESS THAN (100), PARTITION c VALUES LESS THAN MAXVALUE);
  INSERT INTO t SELECT seq, seq FROM seq_1_to_150;`;

export const crossedStories: Record<string, Story> = {
  'a column added, changed and dropped': {
    before: plain,
    during: `${change(1)} ALTER TABLE t ADD w DECIMAL(9,2) NOT NULL DEFAULT 3.5 AFTER id; ${change(30, 'w = n / 3')}
      ALTER TABLE t MODIFY v TEXT, CHANGE n m BIGINT FIRST; UPDATE t SET m = 2, v = REPEAT(v, 90) WHERE id < 9;
      DELETE FROM t WHERE id > 5000; ALTER TABLE t DROP m; INSERT INTO t (v, w) VALUES ('last', 1)`,
  },
  'a rename, and another of it and a column at once': {
    before: plain.replaceAll(' t ', ' old '),
    during: `RENAME TABLE old TO mid; UPDATE mid SET n = 7 WHERE id < 10; ALTER TABLE mid ADD x INT DEFAULT 4, RENAME TO t;
      ${change(50)}`,
  },
  'two tables that change places': {
    before: `${plain} CREATE TABLE u (a INT PRIMARY KEY); INSERT INTO u VALUES (1), (2);`,
    during: `UPDATE u SET a = 9 WHERE a = 1; RENAME TABLE t TO swap, u TO t, swap TO u; INSERT INTO t VALUES (5)`,
  },
  'an ALTER of a table without a key': {
    before: heap,
    during: `INSERT INTO t VALUES ('a', 1), ('a', 1), (NULL, NULL); DELETE FROM t WHERE n = 3 LIMIT 4; ALTER TABLE t ADD x INT DEFAULT 2;
      UPDATE t SET x = 3 WHERE n = 2; DELETE FROM t WHERE n = 4 LIMIT 3; INSERT INTO t SELECT * FROM t LIMIT 9`,
  },
  'a primary key that comes, changes and goes': {
    before: heap.replace('seq % 5', 'seq'),
    during: `UPDATE t SET v = 'k' WHERE n < 9; ALTER TABLE t ADD PRIMARY KEY (n); UPDATE t SET v = 'l' WHERE n < 5;
      ALTER TABLE t DROP PRIMARY KEY, ADD PRIMARY KEY (v(3), n); UPDATE t SET n = n + 900 WHERE n > 190; ALTER TABLE t DROP PRIMARY KEY;
      DELETE FROM t WHERE n = 6`,
  },
  'TRUNCATE, with changes before and after it': {
    before: plain,
    during: `${change(1)} ALTER TABLE t ADD w INT; INSERT INTO t (v) VALUES ('lost'); TRUNCATE TABLE t; INSERT INTO t (v, w) VALUES ('kept', 1)`,
  },
  'DROP and CREATE': {
    before: plain,
    during: `${change(1)} DROP TABLE t; CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO t VALUES (1, 'äöü'), (2, 'b');
      UPDATE t SET name = 'c' WHERE id = 2`,
  },
  'CREATE OR REPLACE … SELECT': {
    before: plain,
    during:
      'CREATE TABLE u LIKE t; INSERT INTO u SELECT * FROM t; CREATE OR REPLACE TABLE t (KEY (n)) SELECT id AS n, v FROM u WHERE id < 20; DELETE FROM t WHERE n = 3',
  },
  'a ghost, as gh-ost makes it': {
    before: plain,
    during: `UPDATE t SET n = 1 WHERE id < 9; ALTER TABLE t ADD z INT DEFAULT 9; create /* gh-ost */ table \`d\`.\`_t_gho\` like \`d\`.\`t\`;
      alter /* gh-ost */ table \`d\`.\`_t_gho\` ADD COLUMN x INT NOT NULL DEFAULT 5, ENGINE=InnoDB;
      insert ignore into _t_gho (id, v, n, z) select id, v, n, z from t; replace into _t_gho (id, v, n) values (3, 'three', 3);
      rename /* gh-ost */ table \`d\`.\`t\` to \`d\`.\`_t_del\`, \`d\`.\`_t_gho\` to \`d\`.\`t\`; ${change(60, 'x = n')}`,
  },
  'a copy with triggers, as pt-online-schema-change makes it': {
    before: plain,
    during: `CREATE TABLE d._t_new (id INT NOT NULL AUTO_INCREMENT, v VARCHAR(40) NOT NULL DEFAULT 'x', n INT, PRIMARY KEY (id), KEY v (v));
      ALTER TABLE d._t_new ADD x INT; CREATE TRIGGER pt_osc_ins AFTER INSERT ON t FOR EACH ROW REPLACE INTO _t_new (id, v, n) VALUES (NEW.id, NEW.v, NEW.n);
      INSERT INTO t (v, n) VALUES ('while', 1); INSERT IGNORE INTO _t_new (id, v, n) SELECT id, v, n FROM t;
      RENAME TABLE d.t TO d._t_old, d._t_new TO d.t; DROP TABLE IF EXISTS d._t_old; ${change(10)}`,
  },
  'other character sets': {
    before: `CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(40), c CHAR(5), e ENUM('ä', 'ö')) CHARACTER SET utf8mb3;
      INSERT INTO t VALUES (1, 'äöü', 'ß', 'ä'), (2, 'x', 'y', 'ö');`,
    during: `UPDATE t SET v = 'ñ' WHERE id = 2; ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; INSERT INTO t VALUES (3, '☃', '☃', 'ö');
      ALTER TABLE t MODIFY e ENUM('ö', 'new', 'ä') CHARACTER SET utf8mb4; UPDATE t SET e = 'new' WHERE id = 1; ALTER TABLE t MODIFY v VARCHAR(40) CHARACTER SET ucs2`,
  },
  'partitions dropped, emptied, added and reorganised': {
    before: parts,
    during: `UPDATE t SET v = 7 WHERE id = 60; ALTER TABLE t DROP PARTITION a; DELETE FROM t WHERE id = 61; ALTER TABLE t TRUNCATE PARTITION b;
      INSERT INTO t VALUES (70, 70); ALTER TABLE t REORGANIZE PARTITION c INTO (PARTITION d VALUES LESS THAN (200), PARTITION e VALUES LESS THAN MAXVALUE);
      UPDATE t SET id = 300 WHERE id = 120; ALTER TABLE t REMOVE PARTITIONING; DELETE FROM t WHERE id = 121`,
  },
  'the time and the zone of a statement': {
    before:
      "SET time_zone = '+03:00'; CREATE TABLE t (id INT PRIMARY KEY, at TIMESTAMP NULL); INSERT INTO t VALUES (1, '2024-05-05 10:00:00'), (2, NULL);",
    during: `SET time_zone = '-07:30', timestamp = 1234567890.25; ALTER TABLE t ADD made DATETIME(3) NOT NULL DEFAULT NOW(3), ADD day DATE DEFAULT (CURDATE());
      ALTER TABLE t MODIFY at DATETIME; INSERT INTO t (id, at) VALUES (3, NOW())`,
  },
  'what sql_mode says of quotes and zeros': {
    before: 'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)); INSERT INTO t VALUES (1, NULL);',
    during: `SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'; ALTER TABLE "t" ADD "a""b" VARCHAR(20) DEFAULT 'x\\' COMMENT 'it''s \\';
      SET sql_mode = 'PIPES_AS_CONCAT'; ALTER TABLE t ADD g VARCHAR(40) AS (CONCAT(id, 'z') || v) STORED, MODIFY v VARCHAR(20) NOT NULL; UPDATE t SET v = 'q'`,
  },
  'generated columns and invisible ones': {
    before: `CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT AS (a * 2) STORED, c INT INVISIBLE DEFAULT 3); INSERT INTO t (id, a) SELECT seq, seq FROM seq_1_to_30;`,
    during: `UPDATE t SET a = 9 WHERE id < 5; ALTER TABLE t ADD d INT AS (a + b) VIRTUAL, ADD INDEX (d), MODIFY b INT AS (a * 3) STORED;
      UPDATE t SET a = 10, c = 4 WHERE id BETWEEN 4 AND 8; DELETE FROM t WHERE id = 20`,
  },
  'rows of the past': {
    before:
      'CREATE TABLE t (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING; INSERT INTO t SELECT seq, seq FROM seq_1_to_20; UPDATE t SET v = 0 WHERE id < 4;',
    during: `SET system_versioning_alter_history = KEEP; DELETE FROM t WHERE id = 9; ALTER TABLE t ADD w INT DEFAULT 3; UPDATE t SET w = 4 WHERE id < 6;
      DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (50, 1, 1)`,
  },
  'system versioning that begins': {
    before: 'CREATE TABLE t (id INT PRIMARY KEY, v INT); INSERT INTO t SELECT seq, seq FROM seq_1_to_20;',
    during:
      'UPDATE t SET v = 0 WHERE id < 4; ALTER TABLE t ADD SYSTEM VERSIONING; UPDATE t SET v = 1 WHERE id = 3; DELETE FROM t WHERE id = 4',
  },
  'foreign keys that come and go': {
    before: `CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (1), (2); CREATE TABLE t (id INT PRIMARY KEY, p INT, me INT, q INT,
      CONSTRAINT one FOREIGN KEY (p) REFERENCES p (id), CONSTRAINT own FOREIGN KEY (me) REFERENCES t (id)); INSERT INTO t VALUES (1, 1, NULL, 2), (2, 2, 1, 1);`,
    during: `ALTER TABLE t DROP FOREIGN KEY one; INSERT INTO t VALUES (3, 9, 2, NULL); DELETE FROM t WHERE id = 3;
      ALTER TABLE t ADD CONSTRAINT two FOREIGN KEY (q) REFERENCES d.p (id) ON DELETE NO ACTION, ADD x INT; UPDATE t SET x = 4 WHERE id = 2`,
  },
  'an index that is made and dropped': {
    before: plain,
    during: `CREATE UNIQUE INDEX i ON t (n); ${change(20)} DROP INDEX v ON d.t; ALTER TABLE t RENAME INDEX i TO j, COMMENT 'RENAME TO u'`,
  },
  'AUTO_INCREMENT over rows that are gone': {
    before: plain,
    during:
      "ALTER TABLE t MODIFY id BIGINT NOT NULL AUTO_INCREMENT; INSERT INTO t VALUES (90000, 'gone', 1); DELETE FROM t WHERE id = 90000",
  },
  'a new table of a database with another character set': {
    before: plain,
    during:
      "ALTER DATABASE d CHARACTER SET utf8mb4 COLLATE utf8mb4_bin; DROP TABLE t; CREATE TABLE t (v VARCHAR(10), w CHAR(3) CHARACTER SET latin1); INSERT INTO t VALUES ('☃', 'ä')",
  },
};
