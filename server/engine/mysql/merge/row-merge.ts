import type { ChangeFold } from './change-fold.ts';
import type { ChangeLookup } from './changes.ts';
import { KeyedChanges } from './keyed-changes.ts';
import {
  DifferenceDigest,
  type DigestedRows,
  type ExpectedRows,
  type MergeDigest,
  StoredColumnsDigest,
} from './merge-digest.ts';
import { RowSpool } from './row-spool.ts';
import { type MergeCounts, RunPass } from './run-pass.ts';
import { WholeRowChanges } from './whole-row-changes.ts';

/**
 * One pass of a backup's rows through the changes of a fold, which it leaves as they are. First every chunk goes through
 * `merge`, several at once if wanted; then `rest` gives the rows that no chunk holds; then `finish` says what the result
 * must read as. Runs are framed rows, valid until the next is asked for; one without a changed row is handed on as it
 * came. A chunk gives the same rows in the same order in every merge of the same fold; in one merge it may pass only once.
 *
 * Errors: `restore/log-mismatch` when the log and the rows do not belong together, at the latest from `rest`;
 * `scratch/unusable`.
 */
export class RowMerge {
  readonly counts: MergeCounts = { replaced: 0, dropped: 0, inserted: 0 };
  private readonly fold: ChangeFold;
  private readonly digest: MergeDigest;
  /** Undefined when all changes are on scratch files. */
  private readonly lookup: ChangeLookup | undefined;
  /** One for each span on a scratch file: rows it may concern, which wait for it. */
  private readonly spools: RowSpool[];
  /** Of the span that is read now. */
  private readonly buffers: Buffer[] = [];
  private ended = false;

  private constructor(fold: ChangeFold, base: DigestedRows) {
    this.fold = fold;
    this.digest = fold.computedUnknown ? new StoredColumnsDigest(fold.table) : new DifferenceDigest(base, fold.table);
    this.spools = fold.frozen.map(() => new RowSpool(fold.scratchFolder));
    this.lookup = fold.frozen.length === 0 ? fold.changes.lookup() : undefined;
  }

  /** `base`: what the backup recorded of all the rows that will come. Nothing may be added to the fold any more. */
  static async begin(fold: ChangeFold, base: DigestedRows): Promise<RowMerge> {
    // Spans are read one after another: two in memory would be twice the limit.
    if (fold.frozen.length > 0 && fold.size > 0) await fold.spill();
    return new RowMerge(fold, base);
  }

  /** The rows of one chunk. */
  async *merge(runs: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const pass = this.pass();
    for await (const run of runs) {
      if (!this.lookup) yield* this.sorted(pass, run, 0);
      else yield* this.given(this.fold.size > 0 ? pass.change(run, this.lookup) : run);
    }
  }

  /** What the chunks do not hold. Errors when a row that the log changes was in none. */
  async *rest(): AsyncGenerator<Buffer> {
    if (this.lookup) {
      for (const run of this.pass().newRows(this.lookup)) yield* this.given(run);
      this.lookup.finish();
      this.ended = true;
      return;
    }
    const [changing, sorting] = [this.pass(), this.pass()];
    for (const [span, spool] of this.spools.entries()) {
      const lookup = await this.lookupOf(span);
      for await (const run of spool.runs()) yield* this.sorted(sorting, changing.change(run, lookup), span + 1);
      for (const run of changing.newRows(lookup)) yield* this.sorted(sorting, run, span + 1);
      lookup.finish();
      await spool.close();
    }
    this.ended = true;
  }

  /** What the result reads as. After `rest` has come to its end. */
  finish(): ExpectedRows {
    if (!this.ended) throw new TypeError('a merge has no result before all its rows were taken');
    return this.digest.expected();
  }

  /** Gives scratch files back, whether it came to its end or not. */
  async close(): Promise<void> {
    await Promise.all(this.spools.map((spool) => spool.close()));
  }

  private pass(): RunPass {
    return new RunPass(this.fold.table, this.digest, this.counts);
  }

  private *given(run: Buffer): Generator<Buffer> {
    this.digest.passed(run);
    if (run.length > 0) yield run;
  }

  /** Rows that no span from `from` on concerns; the others wait for it. */
  private async *sorted(pass: RunPass, run: Buffer, from: number): AsyncGenerator<Buffer> {
    yield* this.given(pass.sort(run, this.fold.frozen, this.spools, from));
    for (const spool of this.spools) await spool.flush();
  }

  private async lookupOf(span: number): Promise<ChangeLookup> {
    const { frozen, table, images } = this.fold;
    const read = await frozen[span]!.file.read(this.buffers);
    return (table.key ? KeyedChanges.of(images, read) : WholeRowChanges.of(read)).lookup();
  }
}
