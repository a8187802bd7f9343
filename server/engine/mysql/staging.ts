import { TidemarkError } from '#server/base/error.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { readForeignKeys, readIndexes } from './definition-keys.ts';
import { catalogText } from './definition-text.ts';
import {
  addForeignKeysStatement,
  dropForeignKeysStatement,
  type ForeignKey,
  quoteTable,
  type TableAt,
} from './foreign-keys.ts';
import { quoteIdentifier } from './identifier.ts';
import { buildIndexesStatement, dropIndexesStatement, type IndexPlan, planIndexes } from './indexes.ts';
import { makeMissingSequences } from './sequences.ts';
import { boundNoStatement, keepIdleSession } from './session.ts';

/**
 * A table that is being filled where nobody looks: in a scratch database of this attempt, under its own name, so that
 * the recorded CREATE TABLE runs in it verbatim. Publishing is a RENAME out of it; whatever is left goes with
 * DROP DATABASE. Who names scratch databases sees to it that no two tables or keys of one have the same name.
 */
export interface Staged {
  at: TableAt;
  indexes: IndexPlan;
  /** SHOW CREATE TABLE once the foreign keys were off and before any index was: what must stand there again. */
  baseline: string;
}

export const scratchDatabase = (attemptId: string, n: number) => `${scratchPrefix(attemptId)}${n}`;
const scratchPrefix = (attemptId: string) => `tidemark_${attemptId}_`;

/** Below this many rows, building indexes afterwards costs more statements than it saves work. */
const fewRows = 10_000n;

/** The session a definition is written in. The recorded sql_mode, no checks against tables that are not here yet. */
export async function openStagingSession(connection: MysqlConnection, sqlMode: string): Promise<void> {
  await keepIdleSession(connection);
  await boundNoStatement(connection);
  const wanted = "foreign_key_checks = 0, lock_wait_timeout = 30, innodb_lock_wait_timeout = 50, time_zone = '+00:00'";
  await Promise.all([connection.execute('SET NAMES utf8mb4'), connection.execute(`SET SESSION ${wanted}`)]);
  await connection.execute('SET SESSION sql_mode = ?', [sqlMode]);
}

/**
 * Makes the empty table: CREATE DATABASE, the sequences its defaults draw from where they are missing, the recorded
 * statement verbatim, foreign keys off, indexes off that are quicker to build later. Errors: `node/missing-privilege`, `node/query-failed` with the server's own words.
 */
export async function createStaged(
  connection: MysqlConnection,
  scratch: string,
  fragment: Pick<
    FragmentFile,
    | 'table'
    | 'createTable'
    | 'sqlMode'
    | 'columns'
    | 'indexes'
    | 'foreignKeys'
    | 'rows'
    | 'sequences'
    | 'databaseCollation'
  >,
): Promise<Staged> {
  const at = { database: scratch, table: fragment.table };
  await openStagingSession(connection, fragment.sqlMode);
  await connection.execute(`CREATE DATABASE IF NOT EXISTS ${quoteIdentifier(scratch)}`);
  // From here on the process list shows whose session this is: the next attempt ends it by that.
  await connection.execute(`USE ${quoteIdentifier(scratch)}`);
  await makeMissingSequences(connection, fragment.sequences ?? [], fragment.databaseCollation);
  await connection.execute(fragment.createTable);
  const keys = fragment.foreignKeys.map((key) => key.name);
  await executeIfAny(connection, dropForeignKeysStatement(at, keys));
  const baseline = await showCreateStaged(connection, at);
  const indexes = BigInt(fragment.rows) < fewRows ? nothingLater(fragment) : planIndexes(fragment);
  await executeIfAny(connection, dropIndexesStatement(quoteTable(at), indexes));
  return { at, indexes, baseline: baseline.create };
}

/**
 * A staged table as another attempt left it, whichever step it had come to: `at` holds some rows, or all; indexes may be
 * built; foreign keys, which get new names, are taken off again. `baseline` is what `createStaged` had said of it.
 */
export async function takeUpStaged(
  connection: MysqlConnection,
  at: TableAt,
  baseline: string,
  fragment: Pick<FragmentFile, 'createTable' | 'sqlMode' | 'columns' | 'indexes'>,
): Promise<Staged> {
  await openStagingSession(connection, fragment.sqlMode);
  await connection.execute(`USE ${quoteIdentifier(at.database)}`);
  const keys = await readForeignKeys(connection, at.database, at.table);
  const names = keys.map((key) => key.name);
  await executeIfAny(connection, dropForeignKeysStatement(at, names));
  const present = new Set((await readIndexes(connection, at.database, at.table)).map((index) => index.name));
  const recorded = new Set(fragment.indexes.map((index) => index.name));
  // A key may have made an index of its own.
  const extra = [...present].filter((name) => !recorded.has(name));
  if (extra.length > 0) {
    const drops = extra.map((name) => `DROP INDEX ${quoteIdentifier(name)}`);
    await connection.execute(`ALTER TABLE ${quoteTable(at)} ${drops.join(', ')}`);
  }
  const indexes = planIndexes(fragment);
  // One ALTER builds them: all are there or none.
  const isBuilt = indexes.later.every((index) => present.has(index.name));
  return { at, baseline, indexes: isBuilt ? nothingLater(fragment) : indexes };
}

const nothingLater = ({ indexes }: Pick<FragmentFile, 'indexes'>): IndexPlan => ({
  later: [],
  kept: indexes.filter((index) => index.name !== 'PRIMARY'),
  moved: null,
});

/** Foreign keys for a staged table: each with the name it gets here. `self` is what a key to its own table refers to. */
export interface StagedKeys {
  keys: readonly { key: ForeignKey; stagedAs: string }[];
  self: TableAt;
}

/**
 * Builds what waited, in one ALTER, sets AUTO_INCREMENT, and checks that the table's definition is again what it was;
 * then adds foreign keys. Errors: `restore/not-equal` when the definition differs.
 */
export async function finishStaged(
  connection: MysqlConnection,
  staged: Staged,
  fragment: Pick<FragmentFile, 'createTable' | 'sqlMode' | 'columns' | 'indexes' | 'autoIncrement'>,
  { keys, self }: StagedKeys,
): Promise<void> {
  await openStagingSession(connection, fragment.sqlMode);
  await executeIfAny(connection, buildIndexesStatement(quoteTable(staged.at), fragment, staged.indexes));
  const now = await showCreateStaged(connection, staged.at);
  // The rows mostly move it to where it was; an ALTER waits for the disk.
  if (fragment.autoIncrement !== null && fragment.autoIncrement !== now.next) {
    const next = BigInt(fragment.autoIncrement);
    await connection.execute(`ALTER TABLE ${quoteTable(staged.at)} AUTO_INCREMENT = ${next}`);
    now.create = (await showCreateStaged(connection, staged.at)).create;
  }
  if (now.create !== staged.baseline) {
    throw new TidemarkError('restore/not-equal', `table ${staged.at.table} got another definition than recorded`, {
      hint: 'The target was not published. Report this with both definitions, which are in the context.',
      context: { recorded: staged.baseline, found: now.create },
    });
  }
  const nameOf = (wanted: ForeignKey) => keys.find(({ key }) => key === wanted)!.stagedAs;
  const wanted = keys.map(({ key }) => key);
  await executeIfAny(connection, addForeignKeysStatement(staged.at, self, wanted, nameOf));
}

/** SHOW CREATE TABLE without the AUTO_INCREMENT value, which the rows move; and that value, null for none. */
async function showCreateStaged(
  connection: MysqlConnection,
  at: TableAt,
): Promise<{ create: string; next: string | null }> {
  const [[row], [facts]] = await Promise.all([
    connection.query(`SHOW CREATE TABLE ${quoteTable(at)}`),
    connection.query(
      'SELECT AUTO_INCREMENT AS next FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?',
      [at.database, at.table],
    ),
  ]);
  const create = catalogText(row?.['Create Table']);
  const next = facts?.next == null ? null : String(facts.next);
  return { create: next === null ? create : withoutAutoIncrement(create, next), next };
}

/** The table's options stand behind the last line that closes the columns; only there the value is looked for. */
export function withoutAutoIncrement(createTable: string, value: string): string {
  const options = createTable.lastIndexOf('\n) ');
  return createTable.slice(0, options) + createTable.slice(options).replace(` AUTO_INCREMENT=${value}`, '');
}

/** Scratch databases of one attempt on a node, by name. */
export async function listScratch(connection: MysqlConnection, attemptId: string): Promise<string[]> {
  const prefix = scratchPrefix(attemptId);
  const rows = await connection.query(
    'SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, ?) = ?',
    [[...prefix].length, prefix],
  );
  return rows.map((row) => catalogText(row.name));
}

/** Ids of all attempts, of whichever job, that have a scratch database on a node. */
export async function scratchAttempts(connection: MysqlConnection): Promise<string[]> {
  const rows = await connection.query(
    "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE LEFT(SCHEMA_NAME, 9) = 'tidemark_'",
  );
  const ids = rows.map((row) => /^tidemark_([0-9a-z]{26})_\d+$/.exec(catalogText(row.name))?.[1]);
  return [...new Set(ids.filter((id) => id !== undefined))];
}

export async function dropScratch(connection: MysqlConnection, scratch: string): Promise<void> {
  await connection.execute(`DROP DATABASE IF EXISTS ${quoteIdentifier(scratch)}`);
}

export async function dropStaged(connection: MysqlConnection, at: TableAt): Promise<void> {
  await connection.execute('SET SESSION foreign_key_checks = 0');
  await connection.execute(`DROP TABLE IF EXISTS ${quoteTable(at)}`);
}

async function executeIfAny(connection: MysqlConnection, statement: string | null): Promise<void> {
  if (statement !== null) await connection.execute(statement);
}
