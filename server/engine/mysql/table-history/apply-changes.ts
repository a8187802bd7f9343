import type { FragmentColumn } from '#server/manifest/schema.ts';
import { selectList } from '../column-format.ts';
import type { MysqlConnection } from '../connection.ts';
import type { FragmentDefinition } from '../definition.ts';
import { quoteTable, type TableAt } from '../foreign-keys.ts';
import { allRowsClause, keepsHistory } from '../history.ts';
import { quoteIdentifier } from '../identifier.ts';
import { loadFragment } from '../load.ts';
import type { ChangeFold } from '../merge/change-fold.ts';
import type { DigestedRows, ExpectedRows } from '../merge/merge-digest.ts';
import { RowMerge } from '../merge/row-merge.ts';
import { RowSpool } from '../merge/row-spool.ts';
import { pinReadSession } from '../session.ts';
import { openStagingSession } from '../staging.ts';
import { streamRuns } from './stream-runs.ts';

export interface StagedRows {
  readonly connection: MysqlConnection;
  /** Nobody else's. */
  readonly at: TableAt;
  readonly definition: FragmentDefinition;
  /** What it reads as now. */
  readonly base: DigestedRows;
  /** Holds a copy of the rows that change for as long as it takes; of all rows where they have no key. */
  readonly scratchFolder: string;
}

/**
 * Lays the folded changes of a span over the rows of a staged table. With a key, the changed rows alone are read, taken
 * out, and put back as they came to be; without one, where the changes are on scratch files, and where rows of the past
 * are kept, the whole table is written anew. Gives what the table must read as then. An error leaves it half changed.
 * Errors: those of `RowMerge` and of the connection.
 */
export async function applyChanges(staged: StagedRows, fold: ChangeFold): Promise<ExpectedRows> {
  const { connection, at, definition, base } = staged;
  const merge = await RowMerge.begin(fold, base);
  const spool = new RowSpool(staged.scratchFolder);
  try {
    const byKey = fold.frozen.length === 0 && fold.table.key !== null && !keepsHistory(definition.columns);
    const keys = byKey ? await writeKeys(staged, fold, fold.table.key!) : null;
    const { columns } = definition;
    const everyRowSql = `SELECT ${selectList(columns)} FROM ${quoteTable(at)}${allRowsClause(columns)}`;
    await pinReadSession(connection);
    await fill(spool, merge.merge(streamRuns(connection, keys ? keys.selectSql : everyRowSql)));
    await fill(spool, merge.rest());
    await openStagingSession(connection, '');
    for (const sql of keys ? keys.deleteSql : emptySql(staged)) await connection.execute(sql);
    await putBack(staged, spool);
    await raiseCounter(connection, at, definition.autoIncrement, fold.highestCounter);
    return merge.finish();
  } finally {
    await merge.close();
    await spool.close();
  }
}

async function fill(spool: RowSpool, runs: AsyncIterable<Buffer>): Promise<void> {
  for await (const run of runs) {
    spool.add(run, 0, run.length);
    await spool.flush();
  }
}

async function putBack({ connection, at, definition }: StagedRows, spool: RowSpool): Promise<void> {
  const changes = { merge: (runs: AsyncIterable<Buffer>) => runs, rest: () => spool.runs() };
  const { columns } = definition;
  const { database, table } = at;
  const options = { connections: [connection], database, table, columns, chunks: [], changes };
  await loadFragment({ ...options, readChunk: () => spool.runs() });
}

/** The keys of all changes as a table beside the staged one, and what reads and removes their rows. */
async function writeKeys({ connection, at, definition }: StagedRows, fold: ChangeFold, key: readonly number[]) {
  const keysAt = { database: at.database, table: 'tidemark_keys' };
  const keys = quoteTable(keysAt);
  const columns = key.map((n): FragmentColumn => ({ ...definition.columns[n]!, generated: false }));
  const names = columns.map(({ name }) => quoteIdentifier(name));
  await openStagingSession(connection, '');
  await connection.execute(`DROP TABLE IF EXISTS ${keys}`);
  await connection.execute(`CREATE TABLE ${keys} SELECT ${names.join(', ')} FROM ${quoteTable(at)} LIMIT 0`);
  const changes = { merge: (runs: AsyncIterable<Buffer>) => runs, rest: () => keyRuns(fold, key.length) };
  const options = { connections: [connection], ...keysAt, columns, chunks: [], changes };
  await loadFragment({ ...options, readChunk: () => keyRuns(fold, key.length) });
  const list = names.join(', ');
  const same = names.map((name) => `t.${name} = k.${name}`).join(' AND ');
  return {
    selectSql: `SELECT ${selectList(definition.columns)} FROM ${quoteTable(at)} WHERE (${list}) IN (SELECT ${list} FROM ${keys})`,
    deleteSql: [`DELETE t FROM ${keys} AS k STRAIGHT_JOIN ${quoteTable(at)} AS t ON ${same}`, `DROP TABLE ${keys}`],
  };
}

const keysPerRun = 4096;

/** Keys are canonical forms of values that are never NULL, one after another: what a row of them is but for its head. */
async function* keyRuns({ changes: { table } }: ChangeFold, columnCount: number): AsyncGenerator<Buffer> {
  const head = Buffer.alloc(4 + 1 + ((columnCount + 9) >> 3));
  let pieces: Buffer[] = [];
  for (let n = 0; n < table.size; n++) {
    if (!table.hasKey(n)) continue;
    const key = table.keyOf(n);
    const start = Buffer.from(head);
    start.writeUInt32LE(head.length - 4 + key.length);
    pieces.push(start, key);
    if (pieces.length < keysPerRun) continue;
    yield Buffer.concat(pieces);
    pieces = [];
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

function emptySql({ at, definition }: StagedRows): string[] {
  const table = quoteTable(at);
  if (!keepsHistory(definition.columns)) return [`TRUNCATE TABLE ${table}`];
  // What is deleted becomes the past.
  return [`DELETE FROM ${table}`, `DELETE HISTORY FROM ${table}`];
}

/**
 * The next AUTO_INCREMENT value of a table is never less than it was, `before`, nor than what the log names of rows that
 * are gone. Errors: those of the connection.
 */
export async function raiseCounter(
  connection: MysqlConnection,
  at: TableAt,
  before: string | null,
  highest: bigint | null,
): Promise<void> {
  if (before === null) return;
  const next = highest !== null && highest >= BigInt(before) ? highest + 1n : BigInt(before);
  await openStagingSession(connection, '');
  await connection.execute(`ALTER TABLE ${quoteTable(at)} AUTO_INCREMENT = ${next}`);
}
