import type { FidelityCase } from './fidelity-fixture.ts';

const fill = 'INSERT INTO $t (id, a) SELECT seq, seq * 7 FROM seq_1_to_40';

/** How a table lies on disk. */
export const rowFormats: readonly FidelityCase[] = [
  ...['COMPACT', 'REDUNDANT', 'DYNAMIC', 'COMPRESSED KEY_BLOCK_SIZE=4'].map((format) => ({
    what: `ROW_FORMAT=${format}`,
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, b varchar(200) DEFAULT 'x', KEY a (a)) ROW_FORMAT=${format}; ${fill}`,
  })),
  {
    what: 'KEY_BLOCK_SIZE of the table and of an index',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, KEY a (a) KEY_BLOCK_SIZE=4) KEY_BLOCK_SIZE=8; ${fill}`,
  },
  {
    what: 'pages compressed by the engine',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) PAGE_COMPRESSED=1 PAGE_COMPRESSION_LEVEL=3; ${fill}`,
  },
  { what: 'the option ENCRYPTED, in words', sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) ENCRYPTED=NO; ${fill}` },
  {
    what: 'options of statistics, rows and checksums',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=7 MIN_ROWS=3 MAX_ROWS=1000 AVG_ROW_LENGTH=50 CHECKSUM=1 DELAY_KEY_WRITE=1 PACK_KEYS=1; ${fill}`,
  },
  {
    what: 'Aria, transactional and not',
    sql: `CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY, a int, b text, KEY a (a), FULLTEXT KEY b (b)) ENGINE=Aria TRANSACTIONAL=0 PAGE_CHECKSUM=0; ${fill}`,
  },
  {
    what: 'Aria with its own row format',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, b varchar(9)) ENGINE=Aria ROW_FORMAT=PAGE TRANSACTIONAL=1; ${fill}`,
  },
  {
    what: 'MyISAM, with a counter of its own for each group',
    sql: `CREATE TABLE $t (a int NOT NULL, id int AUTO_INCREMENT, g geometry NOT NULL DEFAULT point(1, 1), PRIMARY KEY (a, id), SPATIAL KEY g (g)) ENGINE=MyISAM ROW_FORMAT=FIXED; INSERT INTO $t (a) VALUES (1), (1), (2), (1)`,
  },
  {
    what: 'MEMORY, with keys by hash',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, UNIQUE KEY a (a) USING HASH, KEY b (a) USING BTREE) ENGINE=MEMORY; ${fill}`,
  },
  {
    what: 'CSV',
    sql: `CREATE TABLE $t (id int NOT NULL, a text NOT NULL, b datetime NOT NULL) ENGINE=CSV; INSERT INTO $t VALUES (1, 'x,"y"\\\\\\n', '0000-00-00'), (2, '', '2026-01-01 00:00:01')`,
  },
  {
    what: 'a latin1 table with columns that say so and columns that do not',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, b varchar(5), c varchar(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci, d enum('é')) DEFAULT CHARSET=latin1 COLLATE=latin1_german1_ci; ${fill}`,
  },
];

const ranges =
  "PARTITION p0 VALUES LESS THAN (10) COMMENT = 'it''s', PARTITION p1 VALUES LESS THAN (20) MAX_ROWS = 9, PARTITION pm VALUES LESS THAN MAXVALUE";

export const partitions: readonly FidelityCase[] = [
  {
    what: 'partitions by range',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int, KEY a (a)) PARTITION BY RANGE (id) (${ranges}); ${fill}`,
  },
  {
    what: 'partitions by range of several columns',
    sql: `CREATE TABLE $t (d date, c varchar(9), a int, PRIMARY KEY (d, c)) PARTITION BY RANGE COLUMNS (d, c) (PARTITION p0 VALUES LESS THAN ('2026-01-01', 'é'), PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE)); INSERT INTO $t VALUES ('2025-01-01', 'a', 1), ('2026-01-01', 'a', 2), ('2027-01-01', '中', 3)`,
  },
  {
    what: 'partitions by list, with a default, with NULL',
    sql: `CREATE TABLE $t (id int, a int, KEY (id)) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1, NULL), PARTITION p1 VALUES IN (2, 3), PARTITION pd DEFAULT); INSERT INTO $t VALUES (1, 1), (2, NULL), (3, 3), (4, 99), (4, 99)`,
  },
  {
    what: 'partitions by list of text',
    sql: `CREATE TABLE $t (id int, a varchar(20), PRIMARY KEY (id, a)) PARTITION BY LIST COLUMNS (a) (PARTITION p0 VALUES IN ('it''s', 'é'), PARTITION \`odd name\` VALUES IN ('中')); INSERT INTO $t VALUES (1, 'it''s'), (2, 'é'), (3, '中')`,
  },
  {
    what: 'partitions by hash',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) PARTITION BY HASH (id) PARTITIONS 5; ${fill}`,
  },
  {
    what: 'partitions by linear hash of an expression',
    sql: `CREATE TABLE $t (id int, a int, d date DEFAULT '2026-01-01') PARTITION BY LINEAR HASH (year(d)) PARTITIONS 3; ${fill}`,
  },
  {
    what: 'partitions by key, linear and of another algorithm',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) PARTITION BY LINEAR KEY ALGORITHM=1 (id) PARTITIONS 3; ${fill}`,
  },
  {
    what: 'partitions in partitions, with names and counters',
    sql: `CREATE TABLE $t (id int AUTO_INCREMENT, a int, PRIMARY KEY (id, a)) PARTITION BY RANGE (a) SUBPARTITION BY HASH (id) (PARTITION p0 VALUES LESS THAN (100) (SUBPARTITION s0, SUBPARTITION s1 COMMENT = 'x'), PARTITION p1 VALUES LESS THAN MAXVALUE (SUBPARTITION s2, SUBPARTITION s3)); ${fill}; DELETE FROM $t WHERE id = 40`,
  },
  {
    what: 'partitions of an Aria table',
    sql: `CREATE TABLE $t (id int PRIMARY KEY, a int) ENGINE=Aria PARTITION BY RANGE (id) (${ranges}); ${fill}`,
  },
];

export const keys: readonly FidelityCase[] = [
  {
    what: 'no key, and rows that are there twice',
    sql: "CREATE TABLE $t (a int, b text); INSERT INTO $t VALUES (1, 'x'), (1, 'x'), (1, 'x'), (NULL, NULL), (NULL, NULL)",
  },
  {
    what: 'unique keys with many NULLs',
    sql: "CREATE TABLE $t (a int, b varchar(9), UNIQUE KEY a (a), UNIQUE KEY ab (a, b)); INSERT INTO $t VALUES (NULL, 'x'), (NULL, 'x'), (1, NULL), (2, NULL), (NULL, NULL)",
  },
  {
    what: 'unique keys over whole BLOB and TEXT, kept by a hash',
    sql: "CREATE TABLE $t (id int PRIMARY KEY, b longblob, c text, UNIQUE KEY b (b), UNIQUE KEY c (c, id), UNIQUE KEY h (c(5)) USING HASH); INSERT INTO $t SELECT seq, repeat(char(seq), 5000), concat(seq, ' text') FROM seq_1_to_50; INSERT INTO $t VALUES (99, NULL, NULL), (100, NULL, NULL)",
  },
  {
    what: 'indexes descending, ignored, of prefixes, full text, spatial, named twice over columns in another order',
    sql: `CREATE TABLE $t (id int, a int, b varchar(200), g geometry NOT NULL, t text, x blob, PRIMARY KEY (id DESC), KEY d (a DESC, b(3)), KEY i (b) IGNORED, FULLTEXT KEY ft (t), FULLTEXT KEY ft2 (t, b), SPATIAL KEY sp (g), KEY p (x(10), t(3)), KEY bt (a) USING BTREE, KEY c (a) COMMENT 'a ''q'' "c" \`b\`) ', UNIQUE KEY u (id, a));
      INSERT INTO $t SELECT seq, seq % 7, concat('b', seq), point(seq, -seq), concat('words and ', seq), unhex(hex(seq)) FROM seq_1_to_60`,
  },
  {
    what: 'a primary key of text, of bytes, of time',
    sql: "CREATE TABLE $t (a varchar(20) COLLATE utf8mb4_bin, b varbinary(9), c datetime(6), PRIMARY KEY (a, b, c)); INSERT INTO $t VALUES ('a', x'00', '2026-01-01 00:00:00.000001'), ('A', x'0000', '2026-01-01'), ('a ', '', '0000-00-00')",
  },
  {
    what: 'a primary key of DECIMAL, BIT, ENUM, YEAR and negative numbers',
    sql: "CREATE TABLE $t (a decimal(20,5), b bit(9), c enum('x','y'), d year, e double, PRIMARY KEY (a, b, c, d, e)); INSERT INTO $t VALUES (-1.5, 3, 'x', 0, -0e0), (1.5, 511, 'y', 2155, 1e-300), (0, 0, 'x', 2000, 5)",
  },
  {
    what: 'a foreign key to itself',
    sql: 'CREATE TABLE $t (id int PRIMARY KEY, up int, KEY up (up)); INSERT INTO $t VALUES (1, NULL), (2, 1), (3, 2)',
  },
  {
    what: 'more rows than are loaded with their indexes on',
    sql: "CREATE TABLE $t (id int AUTO_INCREMENT PRIMARY KEY, a int, b varchar(40), v int AS (a % 9) VIRTUAL, UNIQUE KEY b (b), KEY a (a DESC), KEY v (v), FULLTEXT KEY ft (b)); INSERT INTO $t (a, b) SELECT seq % 100, concat('row ', seq) FROM seq_1_to_12000",
  },
];

const odd = [
  'back`tick',
  'space inside',
  'dot.ted',
  '日本 😀'.replace(' 😀', ''),
  'quo\'te "double"',
  'semi;colon -- #',
  '$$',
  'x'.repeat(64),
  '日'.repeat(50),
  'MixedCase',
  'select',
  '%_\\',
  '1234',
  '/slash',
  '@at',
  'tab\there',
];

/** Names that need care, of tables and of all they hold. */
export const names: readonly FidelityCase[] = odd.map((name) => {
  const inside = (prefix: string) => `\`${(prefix + name).slice(0, 64).replaceAll('`', '``')}\``;
  return {
    what: `the name ${name.length > 20 ? `${name.slice(0, 1)} × ${name.length}` : JSON.stringify(name)}`,
    table: name,
    sql: `CREATE TABLE $t (${inside('')} int PRIMARY KEY, ${inside('b')} varchar(9) CHECK (${inside('b')} <> 'no'), ${inside('g')} int AS (${inside('')} + 1) VIRTUAL, KEY ${inside('k')} (${inside('b')}), UNIQUE KEY ${inside('')} (${inside('g')}));
      INSERT INTO $t (${inside('')}, ${inside('b')}) VALUES (1, 'x'), (2, NULL)`,
  };
});
