import { randomBytes } from 'node:crypto';
import { TidemarkError } from '#server/base/error.ts';
import type { RowsEvent } from '#server/engine/mysql/binlog/rows-event.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { quoteTable, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { ChangeFold } from '#server/engine/mysql/merge/change-fold.ts';
import { readDefaultRow } from '#server/engine/mysql/merge/default-row.ts';
import { foreignName } from '#server/engine/mysql/merge/foreign-actions.ts';
import { type FollowedRows, followForeignKeys } from '#server/engine/mysql/merge/foreign-key-fold.ts';
import type { TableRows } from '#server/engine/mysql/merge/logged-rows.ts';
import { type MergeTable, mergeTable } from '#server/engine/mysql/merge/merge-table.ts';
import type { LogObject } from '#server/engine/mysql/table-log/log-object.ts';
import { readTableLog } from '#server/engine/mysql/table-log/read-table-log.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import type { ForeignClosure } from './foreign-closure.ts';
import type { LoggedSequences } from './logged-sequences.ts';
import type { PointCut } from './point-cut.ts';

export interface CatchUpOptions {
  readonly cut: PointCut;
  /** What changes the fragment's rows besides its own events. */
  readonly closure: ForeignClosure;
  /** The backup's rows of a fragment of the closure, in runs. */
  readonly rowsOf: (fragment: FragmentFile) => AsyncIterable<Buffer>;
  readonly scratchFolder: string;
  /** What columns have that an INSERT leaves out; asked once, when an image leaves one out. */
  readonly defaults: () => Promise<Buffer>;
  /** Told of rows that were changed since the last call, and of how far the log is read: 0 to 1, and in its server's time. */
  readonly onRead: (changes: number, share: number, logTime?: string) => void;
  /** Those that the fragment's defaults draw from: they are told of what the log says of them. */
  readonly sequences: LoggedSequences;
  /** Told of bytes that were read of the archive. */
  readonly onBytes: (bytes: number, of: 'headers' | 'rows') => void;
  readonly signal: AbortSignal;
}

/**
 * Folds what the log makes of a fragment's rows up to the point. The caller closes the fold. Errors: those of ChangeFold
 * and readTableLog; `restore/log-mismatch` where the log is not there.
 */
export async function foldLog(fragment: FragmentFile, options: CatchUpOptions): Promise<ChangeFold> {
  const { scratchFolder, defaults, signal } = options;
  let known: Buffer | null = null;
  const table = {
    ...mergeTable(fragment),
    get defaults() {
      return known;
    },
  };
  const fold = new ChangeFold(table, { scratchFolder });
  const own = foreignName(fragment.database, fragment.table);
  const log = () => withoutSequences(fragmentLog(fragment, options, fold), options);
  try {
    for await (const { rows, followed } of followedLog(own, table, options, log)) {
      if (rows.table === own) {
        if (known === null && leavesOut(rows.event, fragment.columns.length)) known = await defaults();
        fold.add(rows);
      }
      for (const change of followed) if (change.table === own) fold.follow(change, rows.position);
      if (fold.full) await fold.spill();
      signal.throwIfAborted();
    }
    return fold;
  } catch (error) {
    await fold.close();
    throw error;
  }
}

/** Events with what foreign keys made of them. Most tables have none that acts on them. */
async function* followedLog(
  own: string,
  table: MergeTable,
  { closure: { actions, fragments }, rowsOf }: CatchUpOptions,
  log: () => AsyncGenerator<TableRows>,
): AsyncGenerator<FollowedRows> {
  if (actions.length === 0) {
    for await (const rows of log()) yield { rows, followed: [] };
    return;
  }
  const byName = new Map(fragments.map((one) => [foreignName(one.database, one.table), one]));
  const tables = new Map([...byName].map(([name, one]) => [name, name === own ? table : mergeTable(one)]));
  yield* followForeignKeys({ actions, tables, rowsOf: (name) => rowsOf(byName.get(name)!), log });
}

/** The events of the fragment's own table, and of those that act on it, that lie behind its rows, up to the point. */
function fragmentLog(
  fragment: FragmentFile,
  { cut: { cut, logs }, closure, sequences, onRead, onBytes, signal }: CatchUpOptions,
  fold: ChangeFold,
): AsyncGenerator<TableRows> {
  const { node, database, table } = fragment;
  const nodeCut = cut.nodes.get(node);
  const base = logs.spotOf(fragment);
  const nodeLog = logs.logs.find((one) => one.node === node);
  if (!nodeCut?.begin || !base || !nodeLog) {
    throw new TidemarkError('restore/log-mismatch', `the log of node ${node} behind ${database}.${table} is not there`);
  }
  const { begin, end, includes } = nodeCut;
  const log = nodeLog.log.filter(({ index }) => {
    const { sequence } = index.summary;
    return sequence >= begin.sequence && sequence <= end.sequence;
  });
  let done = 0;
  let told = 0;
  const onObject = ({ index }: LogObject) => {
    onRead(fold.loggedRows - told, ++done / log.length, index.summary.times?.last);
    told = fold.loggedRows;
  };
  return readTableLog({
    log,
    tables: [...closure.fragments, ...sequences.tables],
    includes: (group) => includes(group, base),
    onObject,
    onBytes,
    signal,
  });
}

async function* withoutSequences(
  log: AsyncGenerator<TableRows>,
  { sequences }: CatchUpOptions,
): AsyncGenerator<TableRows> {
  for await (const rows of log) if (!sequences.take(rows)) yield rows;
}

function leavesOut({ change, after }: RowsEvent, columns: number): boolean {
  if (change !== 'insert' || after === null) return false;
  for (let n = 0; n < columns; n++) if (((after[n >> 3] ?? 0) & (1 << (n & 7))) === 0) return true;
  return false;
}

/** What a new row of a staged table has where nothing is said; the table itself is left as it is. Errors: those of the node. */
export async function defaultsOf(
  session: MysqlConnection,
  staged: TableAt,
  { columns }: Pick<FragmentFile, 'columns'>,
): Promise<Buffer> {
  // Fragments of one database are loaded side by side.
  const empty = { database: staged.database, table: `tidemark_empty_${randomBytes(6).toString('hex')}` };
  await session.execute(`CREATE TABLE ${quoteTable(empty)} LIKE ${quoteTable(staged)}`);
  try {
    return await readDefaultRow(session, empty, columns);
  } finally {
    if (!session.failure) await session.execute(`DROP TABLE ${quoteTable(empty)}`);
  }
}
