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
  const written = new Map<TableWork, WrittenTable>();
  for (const [ordinal, table] of tables.entries()) {
    throwIfStopped(attempt.cancellation.stop);
    const fragments = table.error ? table.error : readFragments(table, dump);
    if (fragments instanceof TidemarkError) {
      table.error = fragments;
      continue;
    }
    const file = tableFileOf(tableIdOf(attempt.attemptId, ordinal), table, fragments);
    const { sha256 } = await writeTableFile(storage, backupId, file);
    const { id, rows, rawBytes, storedBytes } = file;
    const entry = { id, name: table.label, sha256, rows, rawBytes, storedBytes, fragments: fragments.length };
    written.set(table, { file, entry });
  }
  return written;
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
