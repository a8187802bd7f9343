import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { type MysqlConnection, openMysqlConnection } from '../connection.ts';
import type { TableAt } from '../foreign-keys.ts';
import { diceOf } from '../merge/merge-story-fixture.ts';
import type { LoggedThing } from './server-log-fixture.ts';
import { readServerLog, statementsOf } from './server-log-fixture.ts';
import { nameStates, tableHistory } from './table-history.ts';

let folder: string;
let server: MariadbServer;
let connection: MysqlConnection;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-history-'));
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  connection = await openMysqlConnection({ node: 's1', host, port, ...rootSocketLogin, tls: { mode: 'disable' } });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const databases = ['d', 'e e'];
const tables = ['a', 'b', 'c`c', 'Ä'];
const everyName = databases.flatMap((database) => tables.map((table) => ({ database, table })));
const keyOf = ({ database, table }: TableAt) => JSON.stringify([database, table]);
const quote = (name: string) => `\`${name.replaceAll('`', '``')}\``;

type Dice = ReturnType<typeof diceOf>;

/** A random statement that may fail. The database in use is `d`. */
function randomStatement(dice: Dice, n: number): string {
  const pick = <T>(from: readonly T[]): T => from[dice(from.length)]!;
  const name = () => {
    const [database, table] = [pick(databases), pick(tables)];
    const space = pick(['', ' ', ' /* the `b` table */ ']);
    if (database === 'd' && dice(2) === 0) return table === 'a' || table === 'b' ? table : quote(table);
    return `${quote(database)}${space}.${space}${quote(table)}`;
  };
  const create = `(tag INT, made INT DEFAULT ${n}) COMMENT 'it''s ; DROP TABLE a, \\'b\\''`;
  const forms = [
    () => `CREATE TABLE ${name()} ${create}`,
    () => `create /* x */ or replace table ${name()}${create}`,
    () => `CREATE TABLE IF NOT EXISTS ${name()} ${create}`,
    () => `CREATE TABLE ${name()} LIKE ${name()}`,
    () => `CREATE TABLE ${name()} (LIKE ${name()})`,
    () => `CREATE TABLE ${name()} AS SELECT * FROM ${name()}`,
    () => `/*! CREATE */ TABLE ${name()} SELECT 1 AS tag`,
    () => `DROP TABLE IF EXISTS ${name()}, ${name()} -- and no more`,
    () => `DROP TABLE ${name()}, ${name()}, ${name()}`,
    () => `RENAME TABLE ${name()} TO ${name()}`,
    () => `RENAME TABLE IF EXISTS ${name()} TO ${name()}, ${name()} TO ${name()}`,
    () => `RENAME TABLE d.a TO d.swap, d.b TO d.a, d.swap TO d.b`,
    () => `RENAME TABLES ${name()} TO ${name()}`,
    () => `ALTER TABLE ${name()} RENAME TO ${name()}`,
    () => `ALTER TABLE ${name()} RENAME ${name()}`,
    () => `ALTER TABLE ${name()} ADD COLUMN x${n} INT, RENAME AS ${name()}`,
    () => `ALTER TABLE ${name()} RENAME COLUMN made TO made_${n}, COMMENT = "RENAME TO d.b"`,
    () => `ALTER /*! ONLINE */ TABLE ${name()} COMMENT 'y'`,
    () => `TRUNCATE TABLE ${name()}`,
    () => `TRUNCATE ${name()}`,
    () => `CREATE INDEX i${n} ON ${name()} (tag)`,
  ];
  if (n === 23) return `DROP DATABASE ${quote(pick(databases))}`;
  if (n === 26 || n === 27) return `CREATE DATABASE IF NOT EXISTS ${quote(databases[n - 26]!)}`;
  return pick(forms)();
}

/** Runs it and tells whether the server did. */
async function attempt(sql: string): Promise<boolean> {
  return connection.execute(sql).then(
    () => true,
    () => false,
  );
}

async function rowsOf(database: string, table: string): Promise<string[]> {
  const rows = await connection.query(`SELECT tag FROM ${quote(database)}.${quote(table)}`);
  return rows.map(({ tag }) => String(tag)).sort();
}

async function namesOnServer(): Promise<Set<string>> {
  const rows = await connection.query(
    "SELECT TABLE_SCHEMA AS db, TABLE_NAME AS tbl FROM information_schema.TABLES WHERE TABLE_SCHEMA IN ('d', 'e e')",
  );
  return new Set(rows.map(({ db, tbl }) => JSON.stringify([String(db), String(tbl)])));
}

/** Which rows a restore would have: those of the base, and what was written to each span under its name. */
function expectedRows(
  log: readonly LoggedThing[],
  start: ReadonlyMap<string, readonly string[]>,
  history: Extract<ReturnType<typeof tableHistory>, { there: true }>,
): string[] {
  const { base, root, spans } = history;
  const found = base === 'rows' ? [...(start.get(keyOf(root)) ?? [])] : [];
  for (const [n, { rows, name, crossing }] of spans.entries()) {
    if (!rows) continue;
    const place = (one: typeof crossing | undefined) =>
      one ? log.findIndex((thing) => thing.kind === 'statement' && thing.statement === one.statement) : -1;
    const next = spans[n + 1]?.crossing;
    for (const thing of log.slice(place(crossing) + 1, next ? place(next) : log.length)) {
      if (thing.kind !== 'rows' || thing.database !== name.database || thing.table !== name.table) continue;
      // The tag is the first column, and NULL is not among them: behind one byte for NULLs.
      const { images, columnCount } = thing.rows.event;
      const head = (columnCount + 7) >> 3;
      if (thing.rows.event.change === 'insert') found.push(String(images.readInt32LE(head)));
    }
  }
  return found.sort();
}

test('whatever statements do to names, the history of each is the server’s own, with the rows that count', async () => {
  const seen = { there: 0, gone: 0, renamed: 0, like: 0 };
  for (let seed = 0; seed < 10; seed++) {
    const dice = diceOf(seed);
    for (const database of databases) await connection.execute(`CREATE OR REPLACE DATABASE ${quote(database)}`);
    await connection.execute('USE d');
    const start = new Map<string, string[]>();
    for (const [n, { database, table }] of everyName.entries()) {
      if (n % 4 === seed % 4) continue;
      await connection.execute(`CREATE TABLE ${quote(database)}.${quote(table)} (tag INT, made INT)`);
      await connection.execute(`INSERT INTO ${quote(database)}.${quote(table)} VALUES (${n}, 0)`);
      start.set(keyOf({ database, table }), [String(n)]);
    }
    await connection.execute('RESET MASTER');
    for (let n = 0; n < 40; n++) {
      if (!(await attempt(randomStatement(dice, n)))) continue;
      if (n > 25) await attempt('USE d');
      const { database, table } = everyName[dice(everyName.length)]!;
      await attempt(`INSERT INTO ${quote(database)}.${quote(table)} (tag) VALUES (${1000 + n})`);
    }
    const log = readServerLog(join(folder, 'server'));
    const statements = statementsOf(log);
    const there = await namesOnServer();
    for (const at of everyName) {
      const existed = (one: TableAt) => start.has(keyOf(one));
      const history = tableHistory(statements, at, { ignoreCase: false, existed });
      expect({ seed, at, there: history.there }).toEqual({ seed, at, there: there.has(keyOf(at)) });
      expect(nameStates(statements, at, { ignoreCase: false, existed }).at(-1)!.history).toEqual(history);
      if (!history.there) {
        seen.gone++;
        if (history.renamedTo) seen.renamed++;
        continue;
      }
      expect(history.gap).toBe(null);
      const rows = await rowsOf(at.database, at.table);
      expect({ seed, at, rows: expectedRows(log, start, history) }).toEqual({ seed, at, rows });
      seen.there++;
      if (history.base === 'definition' || history.spans.some((span) => !span.rows)) seen.like++;
      // Who does not know what was there says less, and nothing else.
      const unsure = tableHistory(statements, at);
      if (!unsure.there) throw new Error('a table that is there is said not to be');
      if (unsure.gap || (unsure.base !== 'nothing' && !existed(unsure.root))) continue;
      expect({ seed, at, rows: expectedRows(log, start, unsure) }).toEqual({ seed, at, rows });
    }
  }
  expect(Math.min(...Object.values(seen)), JSON.stringify(seen)).toBeGreaterThan(2);
});
