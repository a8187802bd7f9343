import { beforeEach, expect, test } from 'vitest';
import { everyType } from '#lab/clusters/shop-every-type.ts';
import { fileEvents } from '../binlog/file-events.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import { readColumns, rowsSql } from '../definition-columns.ts';
import { inDefinitionSession } from '../definition-session.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import { readServer } from '../read-server-fixture.ts';
import { type ColumnFacts, columnFacts } from './column-facts.ts';
import { LoggedRow } from './logged-row.ts';
import { RowBuffer } from './row-buffer.ts';
import { RowKey } from './row-key.ts';

const lab = readServer();

/** Each test has a database and binlog files of its own. */
beforeEach(async () => {
  await lab.beginLog();
  await lab.sql('CREATE OR REPLACE DATABASE d CHARACTER SET utf8mb4');
});

interface TableRows {
  facts: ColumnFacts[];
  /** The form of every row, hex, in any order. */
  rows: string[];
}

/** As a backup reads it. */
async function read(table: string, versioned = false): Promise<TableRows> {
  const columns = await inDefinitionSession(lab.connection, () => readColumns(lab.connection, 'd', table, versioned));
  const rows: string[] = [];
  const history = versioned ? ' FOR SYSTEM_TIME ALL' : '';
  await lab.connection.streamBinary(`${rowsSql({ database: 'd', table }, columns)}${history}`, ({ buffer }) => {
    for (let at = 0; at < buffer.length; ) {
      const end = at + rowFrameHeaderBytes + buffer.readUInt32LE(at);
      rows.push(buffer.toString('hex', at + rowFrameHeaderBytes, end));
      at = end;
    }
  });
  return { facts: columns.map(columnFacts), rows };
}

/**
 * What the log makes of a table: its changes applied to nothing, key after key. `defaults`: a row that columns left out
 * of an insert are taken from.
 */
function replay(table: string, facts: ColumnFacts[], keyColumns: number[], defaults?: Buffer): string[] {
  const rows = new Map<string, Buffer>();
  const maps = new Map<bigint, { map: TableMapEvent; row: LoggedRow }>();
  const key = new RowKey(keyColumns);
  const base = new BinaryRowWalker(facts.map(({ wireType }) => wireType));
  for (const file of lab.log()) {
    for (const { event } of fileEvents(file)) {
      if (event.kind === 'tableMap' && event.table === table) {
        maps.set(event.tableId, { map: event, row: new LoggedRow(facts, event) });
      }
      if (event.kind !== 'rows') continue;
      const known = maps.get(event.tableId);
      if (!known) continue;
      const { row } = known;
      for (let at = 0; at < event.images.length; ) {
        let old = event.before ? undefined : defaults;
        let oldKey = '';
        if (event.before) {
          at = row.read(event.images, at, event.before);
          oldKey = key.of(row, row.bytes).toString('latin1');
          old = rows.get(oldKey);
          expect(old, `${table}: a change to a row that was never inserted`).toBeDefined();
          rows.delete(oldKey);
        }
        if (!event.after) continue;
        at = row.read(event.images, at, event.after);
        const merged = new RowBuffer();
        if (old) {
          base.walk(old, 0, old.length);
          row.mergeInto(merged, base, old);
        } else merged.copy(row.payload, 0, row.payload.length);
        const payload = Buffer.from(merged.bytes.subarray(0, merged.at));
        base.walk(payload, 0, payload.length);
        rows.set(key.of(base, payload).toString('latin1'), payload);
      }
    }
  }
  return [...rows.values()].map((payload) => payload.toString('hex'));
}

interface Compared {
  versioned?: boolean;
  key?: number[];
  defaults?: Buffer;
  /** Generated columns too. Default: true. */
  generated?: boolean;
}

async function expectSame(table: string, options: Compared = {}): Promise<number> {
  const { facts, rows } = await read(table, options.versioned);
  const walker = new BinaryRowWalker(facts.map(({ wireType }) => wireType));
  for (const row of rows) walker.walk(Buffer.from(row, 'hex'), 0, row.length / 2);
  const logged = replay(table, facts, options.key ?? [0], options.defaults);
  // Column by column first: a difference should name the column, not the byte.
  const byKey = (list: string[]) =>
    list
      .map((hex) => {
        const bytes = Buffer.from(hex, 'hex');
        walker.walk(bytes, 0, bytes.length);
        return facts.map(({ name }, n) => {
          const start = walker.fieldStart[n]!;
          if (facts[n]!.generated && options.generated === false) return name;
          return `${name} ${start < 0 ? 'NULL' : bytes.toString('hex', start, walker.valueEnd[n]!).slice(0, 200)}`;
        });
      })
      .sort((a, b) => (a.join() < b.join() ? -1 : 1));
  expect(byKey(logged)).toEqual(byKey(rows));
  if (options.generated !== false) expect(logged.sort()).toEqual(rows.sort());
  expect(rows.length).toBeGreaterThan(0);
  return rows.length;
}

test('a row is the same bytes from a result and from the log, for every type at its edges', async () => {
  await lab.sql(everyType, 'd');
  expect(await expectSame('every_type')).toBe(5);
  expect(await expectSame('generated')).toBe(50);
  expect(await expectSame('places')).toBe(20);
});

/** As mariadb-5.3 stored them: kept by tables that were made so, and told by no table map. */
const oldTemporals = `
  SET GLOBAL mysql56_temporal_format = 0;
  CREATE TABLE old (id INT PRIMARY KEY,
    t0 TIME, t1 TIME(1), t2 TIME(2), t3 TIME(3), t4 TIME(4), t5 TIME(5), t6 TIME(6),
    d0 DATETIME, d1 DATETIME(1), d2 DATETIME(2), d3 DATETIME(3), d4 DATETIME(4), d5 DATETIME(5), d6 DATETIME(6),
    s0 TIMESTAMP NULL, s1 TIMESTAMP(1) NULL, s2 TIMESTAMP(2) NULL, s3 TIMESTAMP(3) NULL, s4 TIMESTAMP(4) NULL,
    s5 TIMESTAMP(5) NULL, s6 TIMESTAMP(6) NULL);
  SET GLOBAL mysql56_temporal_format = 1;`;

/** The same instants in columns of all fractions. */
const temporalRows = (table: string) => {
  const values: [time: string, datetime: string, timestamp: string][] = [
    ['-838:59:59.999999', '9999-12-31 23:59:59.999999', '2038-01-19 03:14:07.999999'],
    ['838:59:59.999999', '0001-01-01 00:00:00.000001', '1970-01-01 00:00:01'],
    ['-00:00:00.999999', '2024-02-29 12:34:56.987654', '2000-02-29 23:59:59.987654'],
    ['00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00'],
    ['-24:00:00', '2026-00-15 00:00:00', '2024-12-31 00:00:00'],
    ['100:00:00.1', '2026-03-29 02:30:00.1', '2026-03-29 02:30:00.1'],
  ];
  const seven = (value: string) => Array(7).fill(`'${value}'`).join(', ');
  return values
    .map(([time, datetime, stamp], n) => `(${n}, ${seven(time)}, ${seven(datetime)}, ${seven(stamp)})`)
    .join(', ')
    .replace(/^/, `SET time_zone = '+00:00', sql_mode = ''; INSERT INTO ${table} VALUES `);
};

test('temporal values of every fraction, and as old servers stored them', async () => {
  await lab.sql(oldTemporals, 'd');
  await lab.sql(`${temporalRows('old')}; CREATE TABLE fresh LIKE old; ALTER TABLE fresh FORCE;`, 'd');
  const upgrade = (await lab.sql('SHOW CREATE TABLE fresh', 'd')).includes('mariadb-5.3');
  expect(upgrade).toBe(false);
  await lab.sql(temporalRows('fresh'), 'd');
  expect(await expectSame('old')).toBe(6);
  expect(await expectSame('fresh')).toBe(6);
  const [old, fresh] = [await read('old'), await read('fresh')];
  expect(old.facts.at(-1)!.oldTemporal).toBe(true);
  expect(fresh.facts.at(-1)!.oldTemporal).toBe(false);
});

test('members of ENUM and SET come back in the bytes of their own character set', async () => {
  const many = Array.from({ length: 300 }, (_, n) => `'v${n}'`).join(',');
  await lab.sql(
    `SET sql_mode = '';
     CREATE TABLE members (id INT PRIMARY KEY, quotes ENUM('it''s', 'a,b', 'back\\\\slash', ' lead', 'new\\nline', 'nul\\0'),
       latin ENUM('é', 'ß', '€') CHARACTER SET latin1, cyrillic SET('да', 'нет') CHARACTER SET cp1251,
       wide SET('é', '中', 'x') CHARACTER SET utf16, ucs ENUM('中') CHARACTER SET ucs2, long32 SET('a', '中') CHARACTER SET utf32,
       little SET('a', '中') CHARACTER SET utf16le, chinese ENUM('中', '文') CHARACTER SET gbk,
       japanese SET('表', 'ソ') CHARACTER SET sjis, korean ENUM('한') CHARACTER SET euckr, bytes ENUM('x') CHARACTER SET binary,
       many ENUM(${many}), gap ENUM('', 'a'), ci ENUM('A', 'b') COLLATE utf8mb4_general_ci,
       nine SET('1','2','3','4','5','6','7','8','9'), big5 ENUM('中') CHARACTER SET big5, old ENUM('é') CHARACTER SET cp850);
     INSERT INTO members VALUES
       (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, NULL), (2, 2, 2, 3, 7, 1, 3, 3, 2, 3, 1, 1, 256, 2, 2, 511, 0, NULL),
       (3, 3, 3, 0, 5, 0, 0, 0, 0, 0, 0, 0, 300, 0, 0, 0, 0, 0), (4, 4, 1, 2, 2, 1, 2, 2, 1, 2, 1, 1, 255, 0, 0, 256, 0, NULL),
       (5, 5, 1, 2, 2, 1, 2, 2, 1, 2, 1, 1, 255, 0, 0, 256, 0, NULL), (6, 6, 1, 2, 2, 1, 2, 2, 1, 2, 1, 1, 255, 0, 0, 256, 0, NULL)`,
    'd',
  );
  expect(await expectSame('members')).toBe(6);
});

test('a member whose bytes the catalog does not tell is refused by name', async () => {
  await lab.sql(
    `CREATE TABLE blurred (id INT PRIMARY KEY, face ENUM('plain', '😀'), dos SET('a', 'é') CHARACTER SET cp850);
     INSERT INTO blurred VALUES (1, 1, 1)`,
    'd',
  );
  expect(await expectSame('blurred')).toBe(1);
  await lab.sql('INSERT INTO blurred VALUES (2, 2, 1)', 'd');
  await expect(expectSame('blurred')).rejects.toMatchObject({ code: 'table/unsupported', context: { column: 'face' } });
  await lab.beginLog();
  await lab.sql('TRUNCATE blurred; INSERT INTO blurred VALUES (1, 1, 2)', 'd');
  await expect(expectSame('blurred')).rejects.toMatchObject({ code: 'table/unsupported', context: { column: 'dos' } });
});

test('addresses and UUIDs are printed as the server prints them', async () => {
  const words = ['0', '0', '0', '0', '1', 'ff', 'ffff', '2001', 'abcd'];
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  const address = () => Array.from({ length: 8 }, () => words[next(words.length)]).join(':');
  const hex = (digits: number) => Array.from({ length: digits }, () => next(16).toString(16)).join('');
  const uuid = () => `${hex(8)}-${hex(4)}-${hex(4)}-${hex(4)}-${hex(10)}00`;
  const fixed = [
    '::',
    '::1',
    '::1.2.3.4',
    '::ffff:1.2.3.4',
    '1::',
    '::ffff:0:0',
    '0:0:0:0:0:fffe:1:1',
    '1:0:0:2:0:0:0:3',
  ];
  const rows = Array.from({ length: 3000 }, (_, n) => {
    return `(${n}, '${fixed[n] ?? address()}', '${uuid()}', '${next(256)}.${next(256)}.${next(3)}.0')`;
  });
  await lab.sql(
    // What is no valid UUID becomes the zero one, with a warning.
    `SET sql_mode = ''; CREATE TABLE addresses (id INT PRIMARY KEY, six INET6, u UUID, four INET4); INSERT INTO addresses VALUES ${rows}`,
    'd',
  );
  expect(await expectSame('addresses')).toBe(3000);
});

test('padding and what looks like it are the same from both sides, in every character set', async () => {
  const sets = ['latin1', 'utf8mb3', 'utf8mb4', 'ucs2', 'utf16', 'utf16le', 'utf32', 'gbk', 'sjis', 'cp1251', 'binary'];
  const collations = ['utf8mb4_bin', 'utf8mb4_nopad_bin', 'utf8mb4_unicode_nopad_ci', 'latin1_nopad_bin'];
  const of = (name: string) => (collations.includes(name) ? `${name.split('_')[0]} COLLATE ${name}` : name);
  const all = [...sets, ...collations];
  const columns = all.map(
    (name, n) => `c${n} CHAR(8) CHARACTER SET ${of(name)}, v${n} VARCHAR(8) CHARACTER SET ${of(name)}`,
  );
  const values = ["''", "' '", "'a  '", "'  a'", "'a\\t '", "'a\\0'", "'\\0'", "'12345678'", 'NULL'];
  const rows = values.map((value, n) => `(${n}, ${Array(all.length * 2).fill(value)})`);
  await lab.sql(
    `SET sql_mode = ''; CREATE TABLE padded (id INT PRIMARY KEY, ${columns}); INSERT INTO padded VALUES ${rows}`,
    'd',
  );
  expect(await expectSame('padded')).toBe(values.length);
});

test('a table of a thousand columns', async () => {
  const columns = Array.from({ length: 999 }, (_, n) => `c${n} TINYINT`);
  await lab.sql(
    `CREATE TABLE wide (id INT PRIMARY KEY, ${columns}); INSERT INTO wide (id, c0, c500, c998) VALUES (1, 1, 2, 3), (2, NULL, 0, -1)`,
    'd',
  );
  expect(await expectSame('wide')).toBe(2);
});

test('compressed columns are the same whatever their compression, and so is what surrounds them', async () => {
  await lab.sql(
    `CREATE TABLE zip (id INT PRIMARY KEY, v VARCHAR(3000) COMPRESSED, s VARBINARY(100) COMPRESSED, b LONGBLOB COMPRESSED,
       t TINYTEXT COMPRESSED, after INT);
     INSERT INTO zip VALUES (1, '', '', '', '', 1), (2, 'a', 'b', 'c', 'd', 2), (3, REPEAT('x', 3000), REPEAT('y', 100),
       REPEAT(x'00ff', 200000), REPEAT('z', 255), 3), (4, NULL, NULL, NULL, NULL, 4);
     SET column_compression_zlib_wrap = ON, column_compression_threshold = 0;
     INSERT INTO zip VALUES (5, REPEAT('x', 3000), 'yy', REPEAT('0123456789', 30000), REPEAT('z', 200), 5);
     SET column_compression_zlib_level = 0;
     INSERT INTO zip VALUES (6, REPEAT('x', 3000), 'yy', REPEAT('0123456789', 30000), REPEAT('z', 200), 6)`,
    'd',
  );
  expect(await expectSame('zip')).toBe(6);
});

/** Rows that are inserted, changed, moved to other keys and deleted. */
const changes = `
  CREATE TABLE moved (id INT PRIMARY KEY, n INT, v VARCHAR(300), b LONGTEXT, g INT AS (n * 2) STORED, w INT AS (n + 1) VIRTUAL,
    z DECIMAL(8,3) ZEROFILL, f FLOAT(8,3) ZEROFILL);
  INSERT INTO moved (id, n, v, b, z, f) SELECT seq, seq, REPEAT('v', seq), REPEAT('long ', seq), seq / 7, seq / 3 FROM seq_1_to_200;
  UPDATE moved SET v = CONCAT(v, '!') WHERE id % 2;
  UPDATE moved SET id = id + 1000, n = NULL WHERE id % 3 = 0;
  DELETE FROM moved WHERE id % 5 = 0;
  UPDATE moved SET n = 7 WHERE id > 1100;
  UPDATE moved SET b = NULL WHERE id < 10;
  REPLACE INTO moved (id, n, v, b, z, f) VALUES (1, 1, '', NULL, 1, 1), (5, 5, '', '', 5, 5)`;

test('changes logged with full images end at the rows the table has', async () => {
  await lab.sql(changes, 'd');
  expect(await expectSame('moved')).toBeGreaterThan(100);
});

test.each(['NOBLOB', 'MINIMAL'])('images of kind %s give the same rows, but for what is computed', async (image) => {
  await lab.sql(`SET binlog_row_image = ${image}; ${changes}`, 'd');
  const { facts } = await read('moved');
  // NULL in every column: the default of all that this table has.
  const defaults = Buffer.concat([Buffer.from([0]), Buffer.alloc((facts.length + 2 + 7) >> 3, 0xff)]);
  expect(await expectSame('moved', { generated: false, defaults })).toBeGreaterThan(100);
});

test('a part of a row is never taken for a whole one', async () => {
  await lab.sql(
    `CREATE TABLE part (id INT PRIMARY KEY, n INT, v INT);
     SET binlog_row_image = MINIMAL; INSERT INTO part (id, n) VALUES (1, 1)`,
    'd',
  );
  const { facts } = await read('part');
  expect(() => replay('part', facts, [0])).toThrow(expect.objectContaining({ context: { missing: ['v'] } }));
});

test('compressed events, their metadata and files without checksums are read alike', async () => {
  await lab.sql(
    `SET GLOBAL log_bin_compress = 1, GLOBAL log_bin_compress_min_len = 10, GLOBAL binlog_row_metadata = FULL,
       GLOBAL binlog_checksum = NONE;`,
  );
  try {
    await lab.sql(changes, 'd');
    expect(await expectSame('moved')).toBeGreaterThan(100);
    const types = lab.log().flatMap((file) => [...fileEvents(file)].map(({ header }) => header.type));
    expect(types).toEqual(expect.arrayContaining([165, 166, 167, 168]));
  } finally {
    await lab.sql(
      `SET GLOBAL log_bin_compress = 0, GLOBAL binlog_row_metadata = NO_LOG, GLOBAL binlog_checksum = CRC32`,
    );
  }
});

test('what the server hides at the end of a table does not disturb: the hash of a long key, a period', async () => {
  await lab.sql(
    `CREATE TABLE hashed (id INT PRIMARY KEY, body TEXT, UNIQUE (body)); INSERT INTO hashed VALUES (1, 'a'), (2, NULL);
     CREATE TABLE past (id INT PRIMARY KEY, n INT) WITH SYSTEM VERSIONING; INSERT INTO past VALUES (1, 1), (2, 2);
     UPDATE past SET n = 3; DELETE FROM past WHERE id = 1;
     CREATE TABLE period (id INT PRIMARY KEY, n INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, e TIMESTAMP(6)
       GENERATED ALWAYS AS ROW END INVISIBLE, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING;
     INSERT INTO period (id, n) VALUES (1, 1)`,
    'd',
  );
  expect(await expectSame('hashed')).toBe(2);
  expect(await expectSame('past', { versioned: true, key: [0, 3] })).toBe(4);
  expect(await expectSame('period', { versioned: true, key: [0, 3] })).toBe(1);
});

test('a table that was altered meanwhile is refused, not misread', async () => {
  await lab.sql(
    'CREATE TABLE altered (id INT PRIMARY KEY, n INT, d DECIMAL(5,2)); INSERT INTO altered VALUES (1, 1, 1)',
    'd',
  );
  const before = await read('altered');
  expect(replay('altered', before.facts, [0])).toEqual(before.rows);
  for (const change of ['MODIFY n BIGINT', 'MODIFY d DECIMAL(6,2)', 'ADD x INT', 'DROP n']) {
    await lab.beginLog();
    await lab.sql(`ALTER TABLE altered ${change}; DELETE FROM altered; INSERT INTO altered (id) VALUES (2)`, 'd');
    expect(() => replay('altered', before.facts, [0]), change).toThrow(
      expect.objectContaining({ code: 'table/unsupported' }),
    );
    await lab.sql('DROP TABLE altered; CREATE TABLE altered (id INT PRIMARY KEY, n INT, d DECIMAL(5,2))', 'd');
  }
});
