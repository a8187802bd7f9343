import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import type { MysqlAccess } from '../access.ts';
import { childKeys, tableExists } from './catalog.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { readFragmentDefinition } from './definition.ts';
import { readSchemaObjects } from './schema-objects.ts';
import {
  createStaged,
  dropScratch,
  finishStaged,
  listScratch,
  openStagingSession,
  scratchDatabase,
} from './staging.ts';
import { endSessionsOf, openPublishSession, renameTables, takePublishLock } from './swap.ts';
import { createTriggerStatement } from './triggers.ts';

let folder: string;
let server: MariadbServer;
let access: MysqlAccess;
let connection: MysqlConnection;
const attemptId = '01jatt0000000000000000test';
const never = new AbortController().signal;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-staging-'));
  server = await startMariadb({ folder: join(folder, 'node'), ephemeral: true });
  const { user, password } = server.rootSocketLogin;
  access = { node: 's1', host: server.host, port: server.port, user, password, tls: { mode: 'disable' } };
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await server.sql(
    'SET foreign_key_checks = 0; CREATE OR REPLACE DATABASE `src_$$_public` CHARACTER SET utf8mb3; CREATE OR REPLACE DATABASE dst;',
  );
  connection = await openMysqlConnection(access);
  for (const scratch of await listScratch(connection, attemptId)) await dropScratch(connection, scratch);
});

afterEach(() => connection.close());

const shapes: Record<string, string> = {
  'plain table with a comment in quotes': `CREATE TABLE t (id int PRIMARY KEY, a varchar(10) COMMENT 'it''s \\\\ "x"\\n2') COMMENT='a''b\\\\c'`,
  'every kind of index': `CREATE TABLE t (id int AUTO_INCREMENT, k int, x text, p varchar(20) NOT NULL DEFAULT 'it''s',
     g geometry NOT NULL, u varchar(200), l longtext, PRIMARY KEY (id), KEY d (k DESC, p(3)), FULLTEXT KEY ft (x),
     SPATIAL KEY sp (g), UNIQUE KEY uq (u), UNIQUE KEY lu (l) USING HASH, KEY bt (k) USING BTREE,
     KEY cm (k) COMMENT 'a ''q'' "c" \`b\`) ', KEY ig (p) IGNORED, UNIQUE KEY un (k, p), KEY \`we\`\`ird.n)ame\` (k))`,
  'auto-increment that leans on a secondary index': `CREATE TABLE t (a int, id bigint unsigned AUTO_INCREMENT, b int NOT NULL,
     PRIMARY KEY (b), KEY z (a), KEY auto (id), UNIQUE KEY y (a, b)) AUTO_INCREMENT=500`,
  'no primary key but unique ones': `CREATE TABLE t (a int NOT NULL, b int, KEY k (b), UNIQUE KEY u (b), UNIQUE KEY nn (a))`,
  'no key at all': 'CREATE TABLE t (a int, b text)',
  'generated columns and checks': `CREATE TABLE t (id int PRIMARY KEY, a int CHECK (a > 0), v int AS (a + 1) VIRTUAL,
     s varchar(20) AS (concat(a, 'x|y''z')) STORED, KEY kv (v), KEY ks (s), CONSTRAINT \`c 1\` CHECK (a <> id))`,
  'native partitions': `CREATE TABLE t (id int, d date, v int, PRIMARY KEY (id, d), KEY v (v)) PARTITION BY RANGE COLUMNS (d)
     (PARTITION p0 VALUES LESS THAN ('2020-01-01') COMMENT = 'x', PARTITION p1 VALUES LESS THAN MAXVALUE)`,
  'system versioning, hidden columns': `CREATE TABLE t (id int PRIMARY KEY, a int, KEY ka (a)) WITH SYSTEM VERSIONING`,
  'system versioning, own columns': `CREATE TABLE t (id int PRIMARY KEY, a int INVISIBLE, s timestamp(6) GENERATED ALWAYS AS ROW START INVISIBLE,
     e timestamp(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e), KEY ka (a)) WITH SYSTEM VERSIONING`,
  'application period that the catalogs do not tell': `CREATE TABLE t (id int, s date, e date, v int, PERIOD FOR p (s, e),
     UNIQUE KEY (id, p WITHOUT OVERLAPS), KEY v (v))`,
  'unicode and awkward names': `CREATE TABLE t (\`sp ace\` int PRIMARY KEY, \`qu"o\`\`te\` int, \`日本\` varchar(5) DEFAULT 'ä日😀',
     \`$$\` enum('a''b','日') COLLATE utf8mb4_bin, KEY \`日\` (\`日本\`)) DEFAULT CHARSET utf8mb4 COMMENT '日 😀'`,
  'odd charsets and options': `CREATE TABLE t (id int PRIMARY KEY, a varchar(5) CHARACTER SET latin1, b char(3) CHARACTER SET gbk COLLATE gbk_bin,
     c varbinary(3), d json, e uuid, f inet6, h decimal(30,5) unsigned zerofill, KEY a (a))
     DEFAULT CHARSET latin1 ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8 STATS_PERSISTENT=0`,
  'index with its own block size':
    'CREATE TABLE t (id int PRIMARY KEY, a int, KEY a (a) KEY_BLOCK_SIZE=4, KEY b (a, id))',
  'zero date default': `CREATE TABLE t (id int PRIMARY KEY, d datetime NOT NULL DEFAULT '0000-00-00 00:00:00', KEY d (d))`,
};

describe('a staged table', () => {
  for (const [shape, create] of Object.entries(shapes)) {
    it(`has the recorded definition again, after its indexes were dropped and built: ${shape}`, async () => {
      await server.sql(`SET sql_mode = '', NAMES utf8mb4; ${create};`, 'src_$$_public');
      const definition = await readFragmentDefinition(connection, 'src_$$_public', 't');
      const fragment = { ...definition, database: 'src_$$_public', table: 't', rows: '1000000' };
      const staged = await createStaged(connection, scratchDatabase(attemptId, 1), fragment);
      await finishStaged(connection, staged, fragment, { keys: [], self: staged.at });
      await renameTables(connection, [{ from: staged.at, to: { database: 'dst', table: 't' } }], {
        before: async () => {},
        signal: never,
      });
      const restored = await readFragmentDefinition(connection, 'dst', 't');
      expect(restored).toEqual({ ...definition, databaseCollation: restored.databaseCollation });
    });
  }

  it('drops what can be built again and keeps only what cannot', async () => {
    await server.sql(shapes['every kind of index']!, 'src_$$_public');
    const every = await readFragmentDefinition(connection, 'src_$$_public', 't');
    const staged = await createStaged(connection, scratchDatabase(attemptId, 1), {
      ...every,
      table: 't',
      rows: '1000000',
    });
    expect(staged.indexes.kept).toEqual([]);
    expect(staged.indexes.later).toHaveLength(10);
    const [row] = await connection.query(
      `SELECT count(*) AS n FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND INDEX_NAME <> 'PRIMARY'`,
      [staged.at.database],
    );
    expect(Number(row!.n)).toBe(0);
    await server.sql(
      `CREATE OR REPLACE TABLE t (id int, s date, e date, v int, PERIOD FOR p (s, e),
      UNIQUE KEY o (id, p WITHOUT OVERLAPS), KEY v (v))`,
      'src_$$_public',
    );
    const period = await readFragmentDefinition(connection, 'src_$$_public', 't');
    const other = await createStaged(connection, scratchDatabase(attemptId, 2), {
      ...period,
      table: 't',
      rows: '1000000',
    });
    expect(other.indexes.kept.map((index) => index.name)).toEqual(['o']);
  });

  it('carries foreign keys under new names: to its own rows when they were its own, else to the live parent', async () => {
    await server.sql(
      `CREATE TABLE parent (id int PRIMARY KEY);
       CREATE TABLE t (id int PRIMARY KEY, pid int, up int, CONSTRAINT \`my\`\`fk\` FOREIGN KEY (pid) REFERENCES parent (id)
         ON DELETE CASCADE ON UPDATE SET NULL, FOREIGN KEY (up) REFERENCES t (id));`,
      'src_$$_public',
    );
    const definition = await readFragmentDefinition(connection, 'src_$$_public', 't');
    expect(definition.foreignKeys).toHaveLength(2);
    const fragment = { ...definition, database: 'src_$$_public', table: 't', rows: '1000000' };
    const staged = await createStaged(connection, scratchDatabase(attemptId, 1), fragment);
    const keys = definition.foreignKeys.map((key) => ({ key, stagedAs: `${key.name}_new` }));
    const self = { database: 'src_$$_public', table: 't' };
    await finishStaged(connection, staged, fragment, { keys, self });
    const to = { database: 'src_$$_public', table: 't2' };
    await renameTables(connection, [{ from: staged.at, to }], { before: async () => {}, signal: never });
    const restored = await readFragmentDefinition(connection, to.database, 't2');
    expect(restored.foreignKeys.map((key) => [key.name, key.refTable, key.onDelete, key.onUpdate])).toEqual([
      ['my`fk_new', 'parent', 'CASCADE', 'SET NULL'],
      ['t2_ibfk_1_new', 't2', 'RESTRICT', 'RESTRICT'],
    ]);
  });
});

describe('readFragmentDefinition', () => {
  it("leaves the caller's session and transaction as they were", async () => {
    await server.sql('CREATE TABLE t (a int)', 'src_$$_public');
    await connection.execute("SET sql_mode = 'ANSI_QUOTES', character_set_results = binary");
    await connection.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    const definition = await readFragmentDefinition(connection, 'src_$$_public', 't');
    expect(definition.createTable).toContain('CREATE TABLE `t`');
    const [row] = await connection.query('SELECT @@sql_mode AS m, @@character_set_results AS r, @@in_transaction AS t');
    expect([String(row!.m), String(row!.r), Number(row!.t)]).toEqual(['ANSI_QUOTES', 'binary', 1]);
  });

  it('names the table that is not there', async () => {
    await expect(readFragmentDefinition(connection, 'src_$$_public', 'gone')).rejects.toMatchObject({
      code: 'table/not-found',
    });
  });

  it('tells two tables apart whose names differ in case only', async () => {
    await server.sql(
      `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE T (a int, CONSTRAINT up FOREIGN KEY (a) REFERENCES p (id));
       CREATE TABLE t (b int PRIMARY KEY AUTO_INCREMENT, CONSTRAINT low FOREIGN KEY (b) REFERENCES p (id));
       CREATE TRIGGER on_up BEFORE INSERT ON T FOR EACH ROW SET @a = 1; CREATE TABLE child (a int, FOREIGN KEY (a) REFERENCES t (b))`,
      'src_$$_public',
    );
    const read = (table: string) => readFragmentDefinition(connection, 'src_$$_public', table);
    const shown = ({ columns, foreignKeys, triggers }: Awaited<ReturnType<typeof read>>) =>
      [...columns, ...foreignKeys, ...triggers].map(({ name }) => name);
    expect(shown(await read('T'))).toEqual(['a', 'up', 'on_up']);
    expect(shown(await read('t'))).toEqual(['b', 'low']);
    const children = (table: string) => childKeys(connection, { database: 'src_$$_public', table });
    expect(await children('T')).toEqual([]);
    expect((await children('t')).map((key) => key.table)).toEqual(['child']);
  });

  it('tells charset, generated, invisible and period columns apart', async () => {
    await server.sql(shapes['system versioning, own columns']!, 'src_$$_public');
    const { columns } = await readFragmentDefinition(connection, 'src_$$_public', 't');
    expect(columns.map((column) => [column.name, column.generated, column.declared])).toEqual([
      ['id', false, 'int(11)'],
      ['a', false, 'int(11)'],
      ['s', false, 'timestamp(6) GENERATED ALWAYS AS ROW START'],
      ['e', false, 'timestamp(6) GENERATED ALWAYS AS ROW END'],
    ]);
    await server.sql(
      `CREATE OR REPLACE TABLE t (a varchar(5) CHARACTER SET latin1, b text CHARACTER SET gbk, c blob,
      v int AS (1) VIRTUAL)`,
      'src_$$_public',
    );
    const other = await readFragmentDefinition(connection, 'src_$$_public', 't');
    expect(other.columns.map((column) => column.charset)).toEqual([8, 28, 63, 63]);
    expect(other.columns.map((column) => column.generated)).toEqual([false, false, false, true]);
  });

  it('rebuilds a trigger under another name from its parts, characters beyond three bytes included', async () => {
    await server.sql(
      `SET NAMES utf8mb4; CREATE TABLE t (a varchar(9) CHARACTER SET utf8mb4);
      CREATE TABLE t2 LIKE t; CREATE TRIGGER \`b 1\` BEFORE INSERT ON t FOR EACH ROW SET NEW.a = concat('😀', 'x');
      CREATE TRIGGER a1 BEFORE INSERT ON t FOR EACH ROW SET NEW.a = concat(NEW.a, 'y');`,
      'src_$$_public',
    );
    const { triggers } = await readFragmentDefinition(connection, 'src_$$_public', 't');
    expect(triggers.map((trigger) => trigger.name)).toEqual(['b 1', 'a1']);
    const at = { database: 'src_$$_public', table: 't2' };
    for (const trigger of triggers) {
      await connection.execute(createTriggerStatement(at, `${trigger.name}_new`, trigger));
    }
    await connection.execute("INSERT INTO `src_$$_public`.t2 VALUES ('')");
    expect(await connection.query('SELECT a FROM `src_$$_public`.t2')).toEqual([{ a: '😀xy' }]);
  });
});

it('readSchemaObjects lists views, routines, events and sequences with their definers', async () => {
  await server.sql(
    `CREATE SEQUENCE sq; CREATE VIEW \`v 1\` AS SELECT 1 AS a; CREATE EVENT ev ON SCHEDULE EVERY 1 DAY DO SELECT 1;
     CREATE PROCEDURE pp() SELECT 1; CREATE FUNCTION ff() RETURNS int DETERMINISTIC RETURN 1;`,
    'src_$$_public',
  );
  const objects = await readSchemaObjects(connection, ['src_$$_public']);
  expect(objects.map((object) => `${object.kind} ${object.name}`)).toEqual([
    'view v 1',
    'procedure pp',
    'function ff',
    'event ev',
    'sequence sq',
  ]);
  for (const object of objects) expect(object.create).toMatch(/^CREATE /);
  expect(objects[1]!.definer).toBe('root@localhost');
});

it('a bound that the server sets for all statements ends neither the building of an index nor a swap', async () => {
  const bound = (session: MysqlConnection) => session.query('SELECT @@SESSION.max_statement_time + 0 AS seconds');
  await server.sql('SET GLOBAL max_statement_time = 0.5');
  const session = await openMysqlConnection(access);
  expect(await bound(session)).toEqual([{ seconds: 0.5 }]);
  await openStagingSession(session, '');
  expect(await bound(session)).toEqual([{ seconds: 0 }]);
  await session.execute('SET SESSION max_statement_time = 0.5');
  await openPublishSession(session, 'dst');
  expect(await bound(session)).toEqual([{ seconds: 0 }]);
  await session.close();
  await server.sql('SET GLOBAL max_statement_time = 0');
});

describe('publishing', () => {
  it('a session of a lost attempt is ended before the next one goes on, so it never renames', async () => {
    const lost = await openMysqlConnection(access);
    await server.sql('CREATE TABLE a (i int)', 'dst');
    await connection.execute(`CREATE DATABASE ${scratchDatabase(attemptId, 7)}`);
    await openPublishSession(lost, scratchDatabase(attemptId, 7));
    await takePublishLock(lost, { database: 'dst', table: 'a' });
    await expect(takePublishLock(connection, { database: 'dst', table: 'a' }, 0)).rejects.toMatchObject({
      code: 'conflict/table-busy',
    });
    expect(await endSessionsOf(connection, attemptId)).toBe(1);
    await takePublishLock(connection, { database: 'dst', table: 'a' }, 0);
    await expect(lost.execute('RENAME TABLE dst.a TO dst.b')).rejects.toMatchObject({ code: 'node/connection-lost' });
  });

  it('a rename gives way to a long transaction, tries again, and ends with a bound that is named', async () => {
    await server.sql('CREATE TABLE a (i int)', 'dst');
    const holder = await openMysqlConnection(access);
    await holder.execute('BEGIN');
    await holder.query('SELECT * FROM dst.a');
    await openPublishSession(connection, 'dst');
    const pair = { from: { database: 'dst', table: 'a' }, to: { database: 'dst', table: 'b' } };
    await connection.execute('SET SESSION lock_wait_timeout = 1');
    const asked: number[] = [];
    const before = async () => void asked.push(1);
    await expect(
      renameTables(connection, [pair], { before, signal: never, tries: 2, pauseMs: 1 }),
    ).rejects.toMatchObject({ code: 'conflict/table-busy' });
    expect(asked).toHaveLength(2);
    await holder.close();
    await renameTables(connection, [pair], { before, signal: never, tries: 2, pauseMs: 1 });
    await server.sql('CREATE TABLE a (i int)', 'dst');
    await expect(renameTables(connection, [pair], { before, signal: never })).rejects.toMatchObject({
      code: 'restore/target-exists',
    });
  });
});

it('a node that folds names takes a mixed-case table, and finds it under both spellings', async () => {
  const config = { lower_case_table_names: 1 };
  const folding = await startMariadb({ folder: join(folder, 'folding'), ephemeral: true, config });
  const { user, password } = folding.rootSocketLogin;
  const there = await openMysqlConnection({ ...access, port: folding.port, user, password });
  try {
    await server.sql('CREATE TABLE MixedCase (Id int PRIMARY KEY, KEY K (Id))', 'src_$$_public');
    const definition = await readFragmentDefinition(connection, 'src_$$_public', 'MixedCase');
    const fragment = { ...definition, table: 'MixedCase', rows: '1000000' };
    const staged = await createStaged(there, scratchDatabase(attemptId, 1), fragment);
    await finishStaged(there, staged, fragment, { keys: [], self: staged.at });
    await folding.sql('CREATE DATABASE dst');
    const to = { database: 'dst', table: 'MixedCase' };
    await renameTables(there, [{ from: staged.at, to }], { before: async () => {}, signal: never });
    expect([await tableExists(there, to), await tableExists(there, { ...to, table: 'mixedcase' })]).toEqual([
      true,
      true,
    ]);
    expect(await tableExists(there, staged.at)).toBe(false);
  } finally {
    await there.close();
    await folding.stop();
  }
});
