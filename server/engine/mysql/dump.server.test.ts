import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { openStorage } from '#server/storage/open.ts';
import { RowDigest } from './digest.ts';
import { type DumpFixture, dumped, failed, startDumpFixture } from './dump-fixture.ts';
import { mysqlErrno } from './errno.ts';
import { quoteIdentifier } from './identifier.ts';
import { rowRuns } from './row-runs.ts';
import { crashThread } from './thread/crash-fixture.ts';

let lab: DumpFixture;

beforeAll(async () => {
  lab = await startDumpFixture();
  await lab.server.sql(`CREATE DATABASE d; USE d;
    CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT, note VARCHAR(300)) ENGINE=InnoDB;
    INSERT INTO account SELECT seq, 1000, REPEAT('x', 200) FROM seq_1_to_30000;
    CREATE TABLE other (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO other VALUES (1, 1);
    CREATE TABLE noise (id INT PRIMARY KEY, v VARBINARY(3000)) ENGINE=InnoDB;
    INSERT INTO noise SELECT seq, CONCAT(RANDOM_BYTES(1000), RANDOM_BYTES(1000), RANDOM_BYTES(1000)) FROM seq_1_to_6000;
    CREATE USER reader@localhost IDENTIFIED BY 'r';
    GRANT SELECT, PROCESS, RELOAD, BINLOG MONITOR, SHOW VIEW, TRIGGER, CONNECTION ADMIN ON *.* TO reader@localhost;
    ANALYZE TABLE account`);
});
afterAll(() => lab?.stop());

/** A destination that takes nothing until `open` is called: d.noise is then held in the middle, with its lock. */
function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let reached: () => void = () => {};
  const inside = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const storage = Object.create(lab.storage, {
    write: {
      value: async (key: string, body: AsyncIterable<Buffer>, options?: { signal?: AbortSignal }) => {
        reached();
        await opened;
        return lab.storage.write(key, body, options);
      },
    },
  });
  return { storage, inside, open };
}

test('what is dumped is what the snapshot held, while writers go on', async () => {
  const before = await lab.server.sql('SELECT COUNT(*), SUM(balance) FROM d.account');
  const result = await lab.dump(['account'], {
    chunkBytes: 400_000,
    afterCut: () => lab.server.sql('UPDATE d.account SET balance = 0; DELETE FROM d.account WHERE id > 20000'),
  });
  const fragment = dumped(result);
  expect(before.trim().split('\t')[0]).toBe(String(fragment.rows));
  expect(fragment.chunks.length).toBeGreaterThan(5);
  expect(fragment).toMatchObject({ ownSnapshot: false, left: [] });
  const digest = new RowDigest();
  for (const chunk of fragment.chunks) {
    for await (const run of rowRuns(readChunk(lab.storage, chunk))) digest.add(run);
  }
  expect(digest.hex).toBe(fragment.digest);
  await lab.server.sql(`UPDATE d.account SET balance = 1000;
    INSERT INTO d.account SELECT seq, 1000, REPEAT('x', 200) FROM d.seq_20001_to_30000`);
});

test('tables read along with others get the same definition as one that is read alone', async () => {
  const odd = quoteIdentifier('odd`name.x');
  await lab.server.sql(`USE d; CREATE TABLE parent (a INT, b VARCHAR(9) CHARACTER SET latin1, PRIMARY KEY (a, b));
    CREATE TABLE child (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a INT, b VARCHAR(9) CHARACTER SET latin1 COMMENT 'ü''\\n) ENGINE=',
      total INT GENERATED ALWAYS AS (a * 2) STORED, hidden DATE INVISIBLE DEFAULT '2000-01-01', shape POINT NOT NULL,
      UNIQUE KEY u (b(3), a) COMMENT 'first', KEY d (a DESC) IGNORED, FULLTEXT KEY f (b), SPATIAL KEY s (shape),
      CONSTRAINT to_parent FOREIGN KEY (a, b) REFERENCES parent (a, b) ON DELETE CASCADE,
      CONSTRAINT ab CHECK (a > 0)) COMMENT = ') ENGINE=x AUTO_INCREMENT=7 ';
    INSERT INTO parent VALUES (1, 'x'); INSERT INTO child (a, b, shape) VALUES (1, 'x', POINT(1, 2));
    CREATE TABLE fresh (id INT AUTO_INCREMENT PRIMARY KEY);
    CREATE TABLE ${odd} (${quoteIdentifier('c`1')} INT, KEY ${quoteIdentifier('k`')} (${quoteIdentifier('c`1')}));
    CREATE TRIGGER t2 AFTER UPDATE ON child FOR EACH ROW SET @a = '😀';
    CREATE TRIGGER t1 AFTER UPDATE ON child FOR EACH ROW SET @b = 1;
    CREATE TABLE versioned (id INT PRIMARY KEY) WITH SYSTEM VERSIONING;
    CREATE TABLE parted (id INT PRIMARY KEY) PARTITION BY HASH (id) PARTITIONS 3`);
  const tables = ['parent', 'child', 'fresh', 'odd`name.x', 'versioned', 'parted', 'other'];
  const definitions = async (alone: boolean) => {
    const { fragments } = await lab.dump(tables, { alone });
    return [...fragments].map(([{ table }, read]) => [table, read instanceof Error ? read : read.definition]);
  };
  const together = await definitions(false);
  expect(together).toEqual(await definitions(true));
  expect(together[1]![1]).toMatchObject({ autoIncrement: '2', triggers: [{ name: 't2' }, { name: 't1' }] });
  expect(together[2]![1]).toMatchObject({ autoIncrement: '1' });
});

test('a small table costs a handful of statements', async () => {
  const tables = Array.from({ length: 40 }, (_, n) => `small_${n}`);
  await lab.server.sql(
    `USE d; ${tables.map((name) => `CREATE TABLE ${name} (id INT PRIMARY KEY) SELECT 1 AS id`).join(';')}`,
  );
  const asked = async () => Number((await lab.server.sql("SHOW GLOBAL STATUS LIKE 'Questions'")).split('\t')[1]);
  let before = 0;
  await lab.dump(tables, {
    afterCut: async () => {
      before = await asked();
    },
  });
  // Lock, text, rows, release; besides them what a dump asks once, and looks for waiting sessions.
  expect((await asked()) - before).toBeLessThan(40 * 7 + 60);
});

test('an ALTER of another table never waits for the dump', async () => {
  const held = gate();
  const dumping = lab.dump(['noise'], { storage: held.storage });
  await held.inside;
  const began = performance.now();
  await lab.server.sql('ALTER TABLE d.other ADD COLUMN w INT');
  expect(performance.now() - began).toBeLessThan(2_000);
  held.open();
  expect(dumped(await dumping).rows).toBe(6_000n);
});

test('a table that was read is free again before the dump ends', async () => {
  const held = gate();
  const progress: string[] = [];
  const dumping = lab.dump(['other', 'noise'], {
    connections: 1,
    storage: held.storage,
    onProgress: ({ table }) => void progress.push(table),
  });
  while (!progress.includes('noise')) await pause(5);
  const began = performance.now();
  await lab.server.sql('ALTER TABLE d.other ADD COLUMN x INT');
  expect(performance.now() - began).toBeLessThan(2_000);
  held.open();
  const result = await dumping;
  expect(dumped(result, 'other').definition.createTable).not.toContain('`x`');
  expect(result.longestLockWaitMs).toBe(0);
});

test('an ALTER of the table that is read is let through within the bound, even while the destination hangs', async () => {
  const held = gate();
  const again: string[] = [];
  const dumping = lab.dump(['noise'], {
    storage: held.storage,
    giveWayAfterMs: 400,
    onAgain: (_, reason) => void again.push(reason.code),
  });
  await held.inside;
  const began = performance.now();
  await lab.server.sql('ALTER TABLE d.noise ADD COLUMN extra INT DEFAULT 7');
  expect(performance.now() - began).toBeLessThan(3_000);
  held.open();
  const result = await dumping;
  const fragment = dumped(result);
  expect(again).toEqual(['table/changed']);
  expect(fragment).toMatchObject({ rows: 6_000n, ownSnapshot: true });
  expect(fragment.definition.createTable).toContain('`extra`');
  expect(fragment.left[0]).toContain('later moment');
  expect(result.longestLockWaitMs).toBeGreaterThanOrEqual(400);
  expect(result.longestLockWaitMs).toBeLessThan(3_000);
  await lab.server.sql('ALTER TABLE d.noise DROP COLUMN extra');
});

test('a table altered between the cut and its turn is taken again, with its own position and the new definition', async () => {
  const fragment = dumped(
    await lab.dump(['account'], {
      afterCut: () => lab.server.sql('ALTER TABLE d.account ADD COLUMN late INT DEFAULT 3'),
    }),
  );
  expect(fragment).toMatchObject({ ownSnapshot: true, rows: 30_000n });
  expect(fragment.definition.columns.map((column) => column.name)).toContain('late');
  expect(fragment.position.gtid).toMatch(/^0-1-\d+$/);
  await lab.server.sql('ALTER TABLE d.account DROP COLUMN late');
});

test('a table rebuilt between the cut and its turn, which the snapshot cannot see any more (1412), is taken again', async () => {
  const again: unknown[] = [];
  const fragment = dumped(
    await lab.dump(['account'], {
      afterCut: () => lab.server.sql('ALTER TABLE d.account FORCE, ALGORITHM=COPY'),
      onAgain: (_, reason) => void again.push(mysqlErrno(reason)),
    }),
  );
  expect(again).toEqual([1412]);
  expect(fragment).toMatchObject({ ownSnapshot: true, rows: 30_000n });
});

test('a table that somebody keeps changing fails alone, named, after a bounded number of readings', async () => {
  const locker = await lab.connect();
  const result = await lab.dump(['account', 'other'], {
    settleMs: 100,
    maxTakes: 2,
    afterCut: () => locker.query('LOCK TABLES d.account WRITE'),
  });
  await locker.close();
  expect(failed(result, 'account')).toMatchObject({ code: 'table/changed' });
  expect(dumped(result, 'other').rows).toBe(1n);
});

test('a table dropped between the cut and its turn fails alone', async () => {
  await lab.server.sql('CREATE TABLE d.doomed (id INT PRIMARY KEY)');
  const result = await lab.dump(['doomed', 'other'], { afterCut: () => lab.server.sql('DROP TABLE d.doomed') });
  expect(failed(result, 'doomed')).toMatchObject({ code: 'table/not-found' });
  expect(dumped(result, 'other').rows).toBe(1n);
});

test('a user that may not stay out of the binlog still lets an ALTER through', async () => {
  const again: string[] = [];
  const held = gate();
  const dumping = lab.dump(['other', 'noise'], {
    user: { user: 'reader', password: 'r' },
    connections: 1,
    storage: held.storage,
    giveWayAfterMs: 300,
    onAgain: ({ table }) => void again.push(table),
  });
  await held.inside;
  const began = performance.now();
  await lab.server.sql('ALTER TABLE d.other ADD COLUMN y INT');
  expect(performance.now() - began).toBeLessThan(3_000);
  held.open();
  const result = await dumping;
  expect(dumped(result, 'noise').rows).toBe(6_000n);
  expect(dumped(result, 'other')).toMatchObject({ rows: 1n, ownSnapshot: false });
  expect(again).toEqual(['noise']);
});

test('a table outside the snapshots is read whole and says so', async () => {
  await lab.server.sql('CREATE TABLE d.loose (id INT) ENGINE=Aria; INSERT INTO d.loose VALUES (1), (2)');
  const fragment = dumped(await lab.dump(['loose']));
  expect(fragment.rows).toBe(2n);
  expect(fragment.left[0]).toContain('Aria');
});

test('stopping in the middle of a table leaves no object and no session', async () => {
  const sessions = async () =>
    Number(await lab.server.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Daemon'"));
  const [objectsBefore, sessionsBefore] = [await lab.objects(), await sessions()];
  const stop = new AbortController();
  const dumping = lab.dump(['account'], { stop: stop.signal, chunkBytes: 100_000, onProgress: () => stop.abort() });
  await expect(dumping).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await lab.objects()).toEqual(objectsBefore);
  expect(await sessions()).toBe(sessionsBefore);
});

const mayMount = process.getuid?.() === 0;
test.skipIf(!mayMount)('a destination that becomes full leaves no object (needs root for a tmpfs)', async () => {
  const path = join(lab.folder, 'small');
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tidemark-test', path]);
  try {
    const storage = await openStorage({ kind: 'fs', path });
    await expect(lab.dump(['noise'], { storage })).rejects.toMatchObject({ code: 'destination/full' });
    expect(await lab.objects(storage)).toEqual([]);
    await storage.close();
  } finally {
    execFileSync('umount', [path]);
  }
});

test('a thread that ends by itself ends the dump with its last words, and no object stays', async () => {
  const before = await lab.objects();
  const dumping = lab.dump(['account', 'other'], {
    afterCut: async (cut) => crashThread(cut.sessions[0]!.workers[1]!),
  });
  await expect(dumping).rejects.toMatchObject({ code: 'internal/thread-ended', cause: expect.any(Error) });
  expect(await lab.objects()).toEqual(before);
});

test('a session that is killed in the middle costs another reading, not the table', async () => {
  const held = gate();
  const dumping = lab.dump(['noise'], { storage: held.storage, connections: 1 });
  await held.inside;
  // By its snapshot, not by its statement: a quick server has sent every row, and is idle, before we ask.
  const ids = await lab.server.sql('SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX');
  expect(ids.trim()).toMatch(/^[1-9]\d*$/);
  await lab.server.sql(`KILL ${Number(ids)}`);
  held.open();
  expect(dumped(await dumping).rows).toBe(6_000n);
});
