import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import type { MysqlConnection } from '../connection.ts';
import { type FragmentDefinition, readFragmentDefinition } from '../definition.ts';
import { digestTable } from '../digest-table.ts';
import { quoteTable, type TableAt } from '../foreign-keys.ts';
import { ChangeFold } from '../merge/change-fold.ts';
import { readDefaultRow } from '../merge/default-row.ts';
import type { ExpectedRows } from '../merge/merge-digest.ts';
import { mergeTable } from '../merge/merge-table.ts';
import { openStagingSession } from '../staging.ts';
import { applyChanges } from './apply-changes.ts';
import { crossStatement } from './cross-statement.ts';
import type { TableHistory, TableSpan } from './history.ts';
import { foreignKeysOf } from './staged-base.ts';
import type { StagedNames } from './staged-names.ts';

type History = Extract<TableHistory, { there: true }>;

export interface CarryOptions {
  readonly connection: MysqlConnection;
  readonly names: StagedNames;
  readonly history: History;
  /**
   * What the staged table must read as, which holds the base and the changes of the spans that `joinedSpans` names. null: it
   * is empty, or nothing is staged, as the base says.
   */
  readonly staged: ExpectedRows | null;
  /** Adds the row events of a span, in the order of the log, and spills the fold when it is full. */
  readonly readSpan: (span: TableSpan, fold: ChangeFold) => Promise<void>;
  /** Where changes and rows go for a while. */
  readonly scratchFolder: string;
  readonly limitBytes?: number;
  readonly signal?: AbortSignal;
}

/** A table that was carried over all that happened to it. */
export interface Carried {
  readonly at: TableAt;
  /** As the table is at the end. Foreign keys refer to what they referred to in the source. */
  readonly definition: FragmentDefinition;
  readonly foreignKeys: FragmentFile['foreignKeys'];
  /** What it must read as. */
  readonly expected: ExpectedRows;
  /** Rows in the log that were laid over it here. */
  readonly loggedRows: number;
}

/** How many spans, from the first on, have one definition: their changes can be merged into the base as it is loaded. */
export function joinedSpans({ base, spans }: History): number {
  if (base !== 'rows') return 0;
  const next = spans.findIndex(({ crossing }) => crossing !== null && crossing.effect !== 'rename');
  return next < 0 ? spans.length : next;
}

/**
 * Takes a staged table across every statement of its history that the load could not: each runs on it as it once ran, and
 * what the log says of rows after it is laid over the rows in bulk. Before each statement the table is read and must be
 * what the merge before said. Errors: `restore/not-equal` when it is not; `restore/log-mismatch`; those of the
 * connection and of `readSpan`. After an error the table is of no use.
 */
export async function carryAcross(options: CarryOptions): Promise<Carried> {
  const { connection, names, history, signal } = options;
  const { spans } = history;
  const loaded = joinedSpans(history);
  let before: TableSpan | null = loaded > 0 ? spans[0]! : history.base === 'definition' ? spans[0]! : null;
  let expected = options.staged;
  let loggedRows = 0;
  for (const [n, span] of spans.entries()) {
    if (signal) throwIfStopped(signal);
    const isLoaded = n < loaded;
    if (span.crossing && before !== span) {
      if (!isLoaded && expected && before) await mustRead(connection, names.staged(before.name), expected);
      await crossStatement(connection, names, before, span);
    }
    before = span;
    if (isLoaded || !span.rows) continue;
    const laid = await layOver(options, span);
    expected = laid.expected;
    loggedRows += laid.loggedRows;
  }
  const at = names.staged(before!.name);
  const definition = await readFragmentDefinition(connection, at.database, at.table);
  const foreignKeys = foreignKeysOf(names, definition, at, before!.name);
  const { columns } = definition;
  expected ??= {
    ...(await digestTable(connection, at.database, at.table, columns)),
    columns: columns.map((_, n) => n),
  };
  return { at, definition, foreignKeys, expected, loggedRows };
}

async function layOver(
  { connection, names, readSpan, scratchFolder, limitBytes }: CarryOptions,
  span: TableSpan,
): Promise<{ expected: ExpectedRows; loggedRows: number }> {
  const at = names.staged(span.name);
  const definition = await readFragmentDefinition(connection, at.database, at.table);
  const table = mergeTable(definition, await defaultsOf(connection, at, definition));
  const fold = new ChangeFold(table, { scratchFolder, ...(limitBytes === undefined ? {} : { limitBytes }) });
  try {
    const base = await digestTable(connection, at.database, at.table, definition.columns);
    await readSpan(span, fold);
    const { loggedRows } = fold;
    if (loggedRows === 0) return { expected: { ...base, columns: table.columns.map((_, n) => n) }, loggedRows };
    const staged = { connection, at, definition, base, scratchFolder };
    return { expected: await applyChanges(staged, fold), loggedRows };
  } finally {
    await fold.close();
  }
}

/** Asked of an empty table of the same definition. */
export async function defaultsOf(
  connection: MysqlConnection,
  at: TableAt,
  { columns }: FragmentDefinition,
): Promise<Buffer> {
  const like = { database: at.database, table: 'tidemark_defaults' };
  await openStagingSession(connection, '');
  await connection.execute(`DROP TABLE IF EXISTS ${quoteTable(like)}`);
  await connection.execute(`CREATE TABLE ${quoteTable(like)} LIKE ${quoteTable(at)}`);
  const defaults = await readDefaultRow(connection, like, columns);
  await openStagingSession(connection, '');
  await connection.execute(`DROP TABLE ${quoteTable(like)}`);
  return defaults;
}

async function mustRead(connection: MysqlConnection, at: TableAt, expected: ExpectedRows): Promise<void> {
  const { columns } = await readFragmentDefinition(connection, at.database, at.table);
  const digested = expected.columns.map((n) => columns[n]!);
  const found = await digestTable(connection, at.database, at.table, digested);
  if (found.rows === expected.rows && found.digest === expected.digest) return;
  throw new TidemarkError('restore/not-equal', `table ${at.table} is not what the log made of it`, {
    hint: 'The target was not published. Report this with what is in the context.',
    context: { expected: expected.digest, found: found.digest, rows: String(found.rows) },
  });
}
