import { toFailure } from '#server/base/error.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import { combineDigests } from '#server/engine/mysql/digest.ts';
import { readTableFile } from '#server/manifest/read.ts';
import type { Manifest, TableFile } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { TableWork } from './table-work.ts';

const nothingTaken = { target: null, rows: 0, rawBytes: 0, storedBytes: 0, fragments: 0, digest: null, keptAs: null };

export function outcomesOf(
  tables: readonly TableWork[],
  written: ReadonlyMap<TableWork, { readonly outcome: TableOutcome }>,
): TableOutcome[] {
  return tables.map((table) => {
    const taken = written.get(table);
    if (taken) return taken.outcome;
    const { code, message, hint } = toFailure(table.error);
    return { ...nothingTaken, source: table.label, outcome: 'failed', notes: [], error: { code, message, hint } };
  });
}

/** The same, told from a backup that an earlier attempt published. Errors: those of reading it. */
export async function outcomesOfPublished(storage: Storage, manifest: Manifest): Promise<TableOutcome[]> {
  const told: TableOutcome[] = [];
  for (const table of manifest.tables) {
    told.push(succeeded(table.name, await readTableFile(storage, manifest.id, table)));
  }
  for (const { name, code, message } of manifest.failed) {
    const error = { code, message, hint: '' };
    told.push({ ...nothingTaken, source: name, outcome: 'failed', notes: [], error });
  }
  return told;
}

export function succeeded(source: string, file: TableFile): TableOutcome {
  return {
    source,
    target: null,
    outcome: 'succeeded',
    rows: Number(file.rows),
    rawBytes: file.rawBytes,
    storedBytes: file.storedBytes,
    fragments: file.fragments.length,
    digest: combineDigests(file.fragments.map(({ digest }) => digest)),
    keptAs: null,
    notes: file.left,
    error: null,
  };
}
