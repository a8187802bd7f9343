import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { DumpResult } from '#server/engine/mysql/dump.ts';
import type { DumpedFragment } from '#server/engine/mysql/fragment-take.ts';
import { tableIdOf } from '#server/manifest/keys.ts';
import { type FragmentFile, type Manifest, manifestFormat, type TableFile } from '#server/manifest/schema.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { Attempt } from '../attempt.ts';
import { succeeded } from './outcome.ts';
import type { FragmentWork, TableWork } from './table-work.ts';

export interface WrittenTable {
  readonly entry: Manifest['tables'][number];
  readonly outcome: TableOutcome;
}

/** Each write waits for the destination to make it durable, not for a processor. */
const writesAtOnce = 16;

/**
 * Writes the file of each table as soon as all its fragments are read, and keeps of it what the manifest and the job's
 * outcome say: neither rows nor definitions of thousands of tables lie in memory until the end.
 */
export class TableWriter {
  /** Segments that a written table names. */
  readonly named = new Set<string>();
  private readonly attempt: Attempt;
  private readonly storage: Storage;
  private readonly backupId: string;
  private readonly tables: readonly TableWork[];
  private readonly ordinals: ReadonlyMap<FragmentWork, number>;
  private readonly read = new Map<TableWork, Map<FragmentWork, DumpedFragment>>();
  private readonly written = new Map<TableWork, WrittenTable>();
  private writing = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(attempt: Attempt, storage: Storage, backupId: string, tables: readonly TableWork[]) {
    this.attempt = attempt;
    this.storage = storage;
    this.backupId = backupId;
    this.tables = tables;
    this.ordinals = new Map(tables.flatMap(({ fragments }, n) => fragments.map((fragment) => [fragment, n])));
  }

  /** Resolves when its table is written, if this was the last of it. Errors: those of the destination, `job/cancelled`. */
  async add(fragment: FragmentWork, dumped: DumpedFragment): Promise<void> {
    fragment.known = undefined;
    fragment.createTable = undefined;
    const ordinal = this.ordinals.get(fragment)!;
    const table = this.tables[ordinal]!;
    const read = this.read.get(table) ?? new Map<FragmentWork, DumpedFragment>();
    this.read.set(table, read.set(fragment, dumped));
    if (read.size < table.fragments.length) return;
    this.read.delete(table);
    const file = tableFileOf(tableIdOf(this.attempt.attemptId, ordinal), table, read);
    table.computing = null;
    await this.inTurn(() => this.write(table, file));
  }

  /** After the dump: the others get their error. Returns what the manifest will name, in the tables' order. */
  finish(dump: DumpResult<FragmentWork>): Map<TableWork, WrittenTable> {
    const written = new Map<TableWork, WrittenTable>();
    for (const table of this.tables) {
      const known = this.written.get(table);
      if (known) written.set(table, known);
      else table.error ??= table.fragments.map((fragment) => dump.fragments.get(fragment)).find(isError) ?? null;
    }
    return written;
  }

  private async write(table: TableWork, file: TableFile): Promise<void> {
    throwIfStopped(this.attempt.cancellation.stop);
    const { sha256 } = await writeTableFile(this.storage, this.backupId, file);
    const { id, rows, rawBytes, storedBytes, fragments } = file;
    const entry = { id, name: table.label, sha256, rows, rawBytes, storedBytes, fragments: fragments.length };
    for (const { chunks } of fragments) for (const { segment } of chunks) this.named.add(segment);
    this.written.set(table, { entry, outcome: succeeded(table.label, file) });
  }

  private async inTurn(work: () => Promise<void>): Promise<void> {
    while (this.writing >= writesAtOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.writing++;
    try {
      await work();
    } finally {
      this.writing--;
      this.waiting.shift()?.();
    }
  }
}

const isError = (outcome: unknown) => outcome instanceof TidemarkError;

function tableFileOf(id: string, table: TableWork, read: ReadonlyMap<FragmentWork, DumpedFragment>): TableFile {
  const dumped = table.fragments.map((fragment) => read.get(fragment)!);
  return {
    format: manifestFormat,
    id,
    name: table.name,
    computing: table.computing,
    fragments: dumped.map((fragment, n) => fragmentFileOf(table.fragments[n]!, fragment)),
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
