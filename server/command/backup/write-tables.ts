import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { DumpResult } from '#server/engine/mysql/dump.ts';
import type { DumpedFragment } from '#server/engine/mysql/fragment-take.ts';
import { tableIdOf } from '#server/manifest/keys.ts';
import { type FragmentFile, type Manifest, manifestFormat, type TableFile } from '#server/manifest/schema.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import type { FragmentWork, TableWork } from './table-work.ts';

export interface WrittenTable {
  readonly file: TableFile;
  readonly entry: Manifest['tables'][number];
}

/**
 * Writes the table file of every table whose fragments were all read; the others get their error. Returns what the
 * manifest will name, in the tables' order. Errors: those of the destination, `job/cancelled`.
 */
export async function writeTables(
  attempt: Attempt,
  storage: Storage,
  backupId: string,
  tables: readonly TableWork[],
  dump: DumpResult<FragmentWork>,
): Promise<Map<TableWork, WrittenTable>> {
  const files = new Map<TableWork, TableFile>();
  for (const [ordinal, table] of tables.entries()) {
    const fragments = table.error ? table.error : readFragments(table, dump);
    if (fragments instanceof TidemarkError) table.error = fragments;
    else files.set(table, tableFileOf(tableIdOf(attempt.attemptId, ordinal), table, fragments));
  }
  const written = new Map<TableWork, WrittenTable>();
  const waiting = [...files];
  for (let some = waiting.splice(0, writesAtOnce); some.length > 0; some = waiting.splice(0, writesAtOnce)) {
    throwIfStopped(attempt.cancellation.stop);
    // All have ended before an error is thrown: nothing appears behind the back of who tidies up.
    const entries = await Promise.allSettled(
      some.map(([{ label }, file]) => writeTable(storage, backupId, label, file)),
    );
    for (const [n, [table, file]] of some.entries()) {
      const ended = entries[n]!;
      if (ended.status === 'rejected') throw ended.reason;
      written.set(table, { file, entry: ended.value });
    }
  }
  return written;
}

/** Each waits for the destination to make it durable, not for a processor. */
const writesAtOnce = 16;

async function writeTable(
  storage: Storage,
  backupId: string,
  name: string,
  file: TableFile,
): Promise<WrittenTable['entry']> {
  const { sha256 } = await writeTableFile(storage, backupId, file);
  const { id, rows, rawBytes, storedBytes, fragments } = file;
  return { id, name, sha256, rows, rawBytes, storedBytes, fragments: fragments.length };
}

/** All fragments of a table, or the first error among them. */
function readFragments(table: TableWork, dump: DumpResult<FragmentWork>): DumpedFragment[] | TidemarkError {
  const outcomes = table.fragments.map((fragment) => dump.fragments.get(fragment)!);
  const failed = outcomes.find((outcome) => outcome instanceof Error);
  return failed ?? (outcomes as DumpedFragment[]);
}

function tableFileOf(id: string, table: TableWork, dumped: readonly DumpedFragment[]): TableFile {
  const fragments = dumped.map((fragment, n) => fragmentFileOf(table.fragments[n]!, fragment));
  return {
    format: manifestFormat,
    id,
    name: table.name,
    computing: table.computing,
    fragments,
    rows: dumped.reduce((sum, { rows }) => sum + rows, 0n).toString(),
    rawBytes: dumped.reduce((sum, { rawBytes }) => sum + rawBytes, 0),
    storedBytes: dumped.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
    left: [...table.left, ...dumped.flatMap(({ left }) => left)],
  };
}

function fragmentFileOf(work: FragmentWork, dumped: DumpedFragment): FragmentFile {
  const { index, node, database, table, partition } = work;
  const { definition, position, ownSnapshot, rows, digest, rawBytes, storedBytes, chunks } = dumped;
  return {
    ...{ index, node, database, table, partition },
    ...definition,
    ...{ position, ownSnapshot, rows: rows.toString(), digest, rawBytes, storedBytes, chunks: [...chunks] },
  };
}
