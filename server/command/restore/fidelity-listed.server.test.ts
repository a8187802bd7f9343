import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '#server/manifest/read.ts';
import { type Fidelity, startFidelity } from './fidelity-fixture.ts';

let lab: Fidelity;

beforeAll(async () => {
  lab = await startFidelity();
});
afterAll(() => lab?.stop());

/** Makes a database, backs it up, and answers with its plan and what became of its tables. */
async function trip(database: string, sql: string, options: { foreignKeys?: boolean; triggers?: boolean } = {}) {
  await lab.server.sql(
    `SET NAMES utf8mb4; SET time_zone = '+00:00'; CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}; ${sql}`,
  );
  const { backupId, tables } = await lab.backUp(database);
  const sources = tables.filter(({ error }) => error === null).map(({ source }) => source);
  const plan = await lab.plan(backupId, database, sources, options);
  const fates = await lab.bringBack(backupId, database, sources, options);
  const listed = (table: string) =>
    plan.tables.find(({ source }) => source === lab.nameOf(database, table))!.willNotComeBack;
  return { tables, plan, fates, listed };
}

describe('what a server takes back from nobody', () => {
  it('history by transaction: the rows of now come back, and the plan says what does not', async () => {
    const { fates, listed } = await trip(
      'by_transaction',
      `CREATE TABLE t (id int PRIMARY KEY, v int, s bigint unsigned GENERATED ALWAYS AS ROW START, e bigint unsigned GENERATED ALWAYS AS ROW END,
         PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING; INSERT INTO t (id, v) VALUES (1, 1), (2, 2); UPDATE t SET v = 3 WHERE id = 1; DELETE FROM t WHERE id = 2;`,
    );
    expect([...fates.values()]).toEqual([null]);
    expect(listed('t')).toEqual([
      'Rows of the past of by_transaction.t are left out, and its row start and end count anew: they are numbers of transactions, which no server takes back.',
    ]);
    expect(await lab.server.sql('SELECT id, v FROM t', 'by_transaction_back')).toBe('1\t3\n');
    const [live, back] = await Promise.all(['by_transaction', 'by_transaction_back'].map((name) => lab.seen(name)));
    expect(back!.get('t')!.definition).toBe(live!.get('t')!.definition);
  });

  it('rows of the past that lasted no time: all others come back, and the plan counts what does not', async () => {
    const { fates, listed } = await trip(
      'no_time',
      `CREATE TABLE t (id int PRIMARY KEY, v int) WITH SYSTEM VERSIONING
         PARTITION BY SYSTEM_TIME LIMIT 100 (PARTITION p0 HISTORY, PARTITION p1 HISTORY, PARTITION pn CURRENT);
       SET timestamp = 1700000000; INSERT INTO t SELECT seq, seq FROM seq_1_to_150;
       SET timestamp = 1700000001; UPDATE t SET v = v + 1; DELETE FROM t WHERE id > 148;`,
    );
    expect([...fates.values()]).toEqual([null]);
    expect(listed('t')).toEqual([
      'Of no_time.t, rows of the past that lasted no time are left out, which no server takes back: 2 in all.',
    ]);
    const past =
      'SELECT *, row_start, row_end FROM t FOR SYSTEM_TIME ALL WHERE row_start < row_end ORDER BY id, row_start';
    expect(await lab.server.sql(past, 'no_time_back')).toBe(await lab.server.sql(past, 'no_time'));
  });
});

describe('what lies elsewhere or cannot be opened fails alone, by name', () => {
  it('a MERGE table, whose rows are those of others, and a table whose files are gone', async () => {
    await lab.server.sql(`CREATE DATABASE elsewhere; USE elsewhere; CREATE TABLE m1 (a int) ENGINE=MyISAM; INSERT INTO m1 VALUES (1);
      CREATE TABLE merged (a int) ENGINE=MERGE UNION=(m1) INSERT_METHOD=LAST; CREATE TABLE torn (a int PRIMARY KEY) ENGINE=MyISAM; FLUSH TABLES`);
    rmSync(join(lab.server.dataFolder, 'elsewhere', 'torn.MYI'));
    const { tables } = await lab.backUp('elsewhere');
    expect(tables.map(({ source, error }) => [source, error?.code ?? null])).toEqual([
      ['elsewhere.m1', null],
      ['elsewhere.merged', 'table/unsupported'],
      ['elsewhere.torn', 'table/unsupported'],
    ]);
    expect(tables[1]!.error!.message).toContain('its rows lie elsewhere: it uses the engine MRG_MyISAM');
    expect(tables[2]!.error!.message).toContain('torn.MYI');
  });
});

describe('a table whose defaults draw from a sequence', () => {
  const sql = `CREATE SEQUENCE \`s\`\`q\` START WITH 100 INCREMENT BY 5 MAXVALUE 1000 CACHE 3 CYCLE;
    CREATE TABLE t (id int PRIMARY KEY DEFAULT nextval(\`s\`\`q\`), a int COMMENT 'nextval(\`not\`.\`there\`)'); INSERT INTO t (a) VALUES (1), (2);`;

  it('draws from the one that is there', async () => {
    const { fates, listed } = await trip('drawn', sql);
    expect([...fates.values()]).toEqual([null]);
    expect(listed('t')).toEqual([
      'Sequence drawn.s`q gives defaults: one that is there stays as it is, else it is made and goes on at 115.',
    ]);
    await lab.server.sql('INSERT INTO drawn_back.t (a) VALUES (3)');
    // A sequence that is closed and opened again passes over what it had cached.
    expect(Number(await lab.server.sql('SELECT max(id) FROM drawn_back.t'))).toBeGreaterThan(105);
  });

  it('gets its sequence back where it is gone, and that repeats no value', async () => {
    const { backupId } = await lab.backUp('drawn');
    const next = (await lab.server.sql('SELECT next_not_cached_value FROM `s``q`', 'drawn')).trim();
    const shown = await lab.server.sql('SHOW CREATE SEQUENCE `s``q`', 'drawn');
    await lab.server.sql('DROP DATABASE drawn; DROP DATABASE drawn_back');
    const fates = await lab.bringBack(backupId, 'drawn', ['drawn.t']);
    expect([...fates.values()]).toEqual([null]);
    expect(await lab.server.sql('SHOW CREATE SEQUENCE `s``q`', 'drawn')).toBe(shown);
    await lab.server.sql('INSERT INTO drawn_back.t (a) VALUES (4)');
    expect(await lab.server.sql('SELECT max(id) FROM drawn_back.t')).toBe(`${next}\n`);
  });
});

describe('what belongs to a database, or to the name of a table', () => {
  it('is restored with the table when asked for, else listed on its plan, one thing a sentence', async () => {
    const { plan, fates, listed } = await trip(
      'around',
      `CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1);
       CREATE TABLE t (id int PRIMARY KEY, p int, a varchar(20), CONSTRAINT p FOREIGN KEY (p) REFERENCES parent (id) ON DELETE SET NULL);
       CREATE TRIGGER \`before it\` BEFORE INSERT ON t FOR EACH ROW SET NEW.a = concat(NEW.a, ' 😀'); CREATE TRIGGER second BEFORE INSERT ON t FOR EACH ROW FOLLOWS \`before it\` SET NEW.a = concat(NEW.a, '!');
       INSERT INTO t VALUES (1, 1, 'x'); CREATE VIEW v AS SELECT * FROM t; CREATE VIEW orphan AS SELECT * FROM parent; ALTER VIEW orphan AS SELECT 1 AS one;
       CREATE PROCEDURE p1() SELECT 1; CREATE FUNCTION f1() RETURNS int DETERMINISTIC RETURN 1; CREATE EVENT e1 ON SCHEDULE EVERY 1 DAY DO SELECT 1; CREATE SEQUENCE s1 START WITH 7;
       CREATE USER reader@localhost; GRANT SELECT, INSERT ON t TO reader@localhost; GRANT UPDATE (a) ON t TO reader@localhost;`,
      { foreignKeys: true, triggers: true },
    );
    expect([...fates.values()]).toEqual([null, null]);
    expect(plan.tables.map(({ problem }) => problem)).toEqual([null, null]);
    expect(listed('t')).toEqual([
      'Foreign key p gets a new name, and is left out where its parent table is not there.',
      'Trigger before it gets a new name.',
      'Trigger second gets a new name.',
      'Right SELECT, INSERT to reader@localhost is not copied.',
      'Right UPDATE (a) to reader@localhost is not copied.',
      'View around.orphan is in the backup but goes with no table.',
      'View around.v is in the backup but goes with no table.',
      'Procedure around.p1 is in the backup but goes with no table.',
      'Function around.f1 is in the backup but goes with no table.',
      'Event around.e1 is in the backup but goes with no table.',
      'Sequence around.s1 is in the backup but goes with no table.',
    ]);
    await lab.server.sql("INSERT INTO around_back.t VALUES (2, 1, 'y')");
    expect(await lab.server.sql('SELECT a FROM around_back.t')).toBe('x 😀!\ny 😀!\n');
    expect(await lab.server.sql('SHOW CREATE TABLE t', 'around_back')).toMatch(
      /CONSTRAINT `p_\w{6}` FOREIGN KEY \(`p`\) REFERENCES `around`\.`parent` \(`id`\) ON DELETE SET NULL/,
    );
  });

  it('is in the backup word for word, with the value a sequence goes on at', async () => {
    const { backupId } = await lab.backUp('around');
    const { manifest } = await readManifest(lab.storage, backupId);
    const object = (kind: string) => manifest.objects.find((one) => one.kind === kind)!;
    const shown = async (what: string, column: number) =>
      (await lab.server.sql(`SHOW CREATE ${what}`)).split('\t')[column]!.replaceAll('\\n', '\n');
    expect(object('procedure').create).toBe(await shown('PROCEDURE around.p1', 2));
    expect(object('event').create).toBe(await shown('EVENT around.e1', 3));
    expect(object('view').create).toBe(await shown('VIEW around.orphan', 1));
    expect(object('sequence')).toMatchObject({ name: 's1', next: '7' });
  });

  it('a view over a table that is gone spoils no backup', async () => {
    await lab.server.sql(
      'CREATE DATABASE hollow; USE hollow; CREATE TABLE t (a int); CREATE TABLE gone (a int); CREATE VIEW v AS SELECT * FROM gone; DROP TABLE gone',
    );
    const { backupId, tables } = await lab.backUp('hollow');
    expect(tables.map(({ error }) => error)).toEqual([null]);
    expect((await readManifest(lab.storage, backupId)).manifest.objects.map(({ name }) => name)).toEqual(['v']);
  });
});
