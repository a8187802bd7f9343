import { throwIfStopped } from '#server/base/abort.ts';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import type { TableOutcome } from '#server/contract/job.ts';
import type { DumpResult } from '#server/engine/mysql/dump.ts';
import type { DumpedFragment } from '#server/engine/mysql/fragment-take.ts';
import { tableIdOf } from '#server/manifest/keys.ts';
import { type FragmentFile, type Manifest, manifestFormat, type TableFile } from '#server/manifest/schema.ts';
import { encodePackedTable, type StoredTable, writeTableFile, writeTablePack } from '#server/manifest/write-table.ts';
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
/** A file of this size is worth an object of its own. */
const largeFileBytes = 64 * 1024;
/** What waits in memory to be packed, and the size of a pack. */
const packBytes = 1024 ** 2;
/** Fewer tables than this are no pack: each has a file that people can open. */
const fewestPacked = 16;

/** A table whose file waits to be written with others. */
interface Waiting {
  readonly table: TableWork;
  readonly file: TableFile;
  readonly bytes: Buffer;
}

/**
 * Writes the file of each table when all its fragments are read, those of many small tables together in packs, and keeps
 * of it what the manifest and the job's outcome say: neither rows nor definitions of thousands of tables lie in memory
 * until the end. `flush` writes what still waits.
 */
export class TableWriter {
  /** Segments that a written table names. */
  readonly named = new Set<string>();
  private readonly attempt: Attempt;
  private readonly storage: Storage;
  private readonly backupId: string;
  /** Of each table that was read wholly, whether its file is written yet or waits. */
  private readonly onRead: (file: TableFile) => void;
  private readonly tables: readonly TableWork[];
  private readonly ordinals: ReadonlyMap<FragmentWork, number>;
  private readonly read = new Map<TableWork, Map<FragmentWork, DumpedFragment>>();
  private readonly written = new Map<TableWork, WrittenTable>();
  private unpacked: Waiting[] = [];
  private unpackedBytes = 0;
  private packs = 0;
  private writing = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(
    attempt: Attempt,
    storage: Storage,
    backupId: string,
    tables: readonly TableWork[],
    onRead: (file: TableFile) => void,
  ) {
    this.attempt = attempt;
    this.onRead = onRead;
    this.storage = storage;
    this.backupId = backupId;
    this.tables = tables;
    this.ordinals = new Map(tables.flatMap(({ fragments }, n) => fragments.map((fragment) => [fragment, n])));
  }

  /** The last fragment of a table hands it over to be written. Errors: those of the destination, `job/cancelled`. */
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
    this.onRead(file);
    const bytes = encodePackedTable(file);
    if (bytes.length >= largeFileBytes) {
      await this.inTurn(() => this.writeAlone(table, file));
      return;
    }
    this.unpacked.push({ table, file, bytes });
    this.unpackedBytes += bytes.length;
    if (this.unpackedBytes >= packBytes) await this.flush();
  }

  /** Every table handed over so far is written when this resolves. Errors: as `add`. */
  async flush(): Promise<void> {
    const files = this.unpacked;
    this.unpacked = [];
    this.unpackedBytes = 0;
    if (files.length >= fewestPacked) await this.inTurn(() => this.writePacked(files));
    else await Promise.all(files.map(({ table, file }) => this.inTurn(() => this.writeAlone(table, file))));
  }

  get tablesWritten(): number {
    return this.written.size;
  }

  /**
   * After a dump: tables with a fragment that was not read get its error. Returns those, in the tables' order, for which a
   * fragment's snapshot was too old and nothing else went wrong.
   */
  finishRound(dump: DumpResult<FragmentWork>): TableWork[] {
    const late: TableWork[] = [];
    for (const table of this.tables) {
      if (table.error !== null || this.written.has(table)) continue;
      const errors = table.fragments.map((fragment) => dump.fragments.get(fragment)).filter(isError);
      table.error = errors.find((error) => !isLate(error)) ?? errors[0] ?? null;
      if (isLate(table.error)) late.push(table);
    }
    return late;
  }

  /** A table that came too late is read again, all of it: what was read of it is of another instant. */
  startOver(table: TableWork): void {
    table.error = null;
    this.read.delete(table);
  }

  /** What the manifest will name, in the tables' order. */
  finish(): Map<TableWork, WrittenTable> {
    return new Map(
      this.tables.flatMap((table) => (this.written.has(table) ? [[table, this.written.get(table)!]] : [])),
    );
  }

  private async writeAlone(table: TableWork, file: TableFile): Promise<void> {
    throwIfStopped(this.attempt.cancellation.stop);
    const { sha256 } = await writeTableFile(this.storage, this.backupId, file);
    this.keep(table, file, { sha256 });
  }

  private async writePacked(files: readonly Waiting[]): Promise<void> {
    throwIfStopped(this.attempt.cancellation.stop);
    const place = { backupId: this.backupId, attemptId: this.attempt.attemptId, ordinal: this.packs++ };
    const bytes = files.map((waiting) => waiting.bytes);
    const stored = await writeTablePack(this.storage, place, bytes);
    for (const [n, { table, file }] of files.entries()) this.keep(table, file, stored[n]!);
  }

  private keep(table: TableWork, file: TableFile, stored: StoredTable): void {
    const { id, rows, rawBytes, storedBytes, fragments } = file;
    const entry = { id, name: table.label, ...stored, rows, rawBytes, storedBytes, fragments: fragments.length };
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

const isError = (outcome: unknown): outcome is TidemarkError => outcome instanceof TidemarkError;
const isLate = (error: unknown) => hasCode(error, 'backup/snapshot-too-old');

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
  const { definition, position, ownSnapshot, rows, digest, longestRowBytes, rawBytes, storedBytes, chunks } = dumped;
  return {
    ...{ index, node, database, table, partition },
    ...definition,
    ...{
      position,
      ownSnapshot,
      rows: rows.toString(),
      digest,
      longestRowBytes,
      rawBytes,
      storedBytes,
      chunks: [...chunks],
    },
  };
}
