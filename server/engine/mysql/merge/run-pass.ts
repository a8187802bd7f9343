import { RowBuffer } from '../canonical/row-buffer.ts';
import { rowFrameHeaderBytes } from '../protocol/row-scanner.ts';
import type { FrozenSpan } from './change-fold.ts';
import { type ChangeLookup, fate } from './changes.ts';
import type { MergeDigest } from './merge-digest.ts';
import type { MergeTable } from './merge-table.ts';
import { RowKeyReader } from './row-key-reader.ts';
import type { RowSpool } from './row-spool.ts';

/** About what a reader hands over at once. */
const runBytes = 1024 * 1024;

/** What happened to rows. One that passes several spans of the log may count in each. */
export interface MergeCounts {
  replaced: number;
  dropped: number;
  inserted: number;
}

/**
 * Sends runs of framed rows past changes. Each method gives a run that is valid until its next call: the one it was
 * given when no row of it is concerned, else a copy of what is left, rows in the same order.
 */
export class RunPass {
  private readonly key: RowKeyReader;
  private readonly digest: MergeDigest;
  private readonly counts: MergeCounts;
  private readonly out = new RowBuffer();
  private readonly gone = new RowBuffer();
  private readonly come = new RowBuffer();

  constructor(table: MergeTable, digest: MergeDigest, counts: MergeCounts) {
    this.key = new RowKeyReader(table);
    this.digest = digest;
    this.counts = counts;
  }

  /** Replaces and drops rows. */
  change(run: Buffer, lookup: ChangeLookup): Buffer {
    const { key, out, gone, come, digest, counts } = this;
    out.at = 0;
    gone.at = 0;
    come.at = 0;
    let copied = 0;
    for (let at = 0; at < run.length; ) {
      const start = at + rowFrameHeaderBytes;
      const stop = start + run.readUInt32LE(at);
      key.ofStored(run, start, stop);
      const happens = lookup.meet(key);
      if (happens !== fate.keep) {
        out.copy(run, copied, at);
        copied = stop;
        gone.copy(run, at, stop);
        if (happens === fate.replace) {
          const head = out.take(rowFrameHeaderBytes);
          lookup.writeReplacement(run, start, stop, out);
          out.bytes.writeUInt32LE(out.at - head - rowFrameHeaderBytes, head);
          come.copy(out.bytes, head, out.at);
          counts.replaced++;
        } else counts.dropped++;
      }
      at = stop;
    }
    // All at once: hashing rows one by one costs more calls than bytes.
    digest.removed(gone.bytes.subarray(0, gone.at));
    digest.added(come.bytes.subarray(0, come.at));
    return this.rest(run, copied);
  }

  /** Takes out the rows that one of `spans` may concern and puts each by for the first such span. */
  sort(run: Buffer, spans: readonly FrozenSpan[], spools: readonly RowSpool[], from: number): Buffer {
    const { key, out } = this;
    out.at = 0;
    if (from >= spans.length) return run;
    let copied = 0;
    for (let at = 0; at < run.length; ) {
      const start = at + rowFrameHeaderBytes;
      const stop = start + run.readUInt32LE(at);
      key.ofStored(run, start, stop);
      for (let span = from; span < spans.length; span++) {
        if (!spans[span]!.filter.mayHold(key.hash)) continue;
        spools[span]!.add(run, at, stop);
        out.copy(run, copied, at);
        copied = stop;
        break;
      }
      at = stop;
    }
    return this.rest(run, copied);
  }

  /** The rows that no row of the input became. */
  *newRows(lookup: ChangeLookup): Generator<Buffer> {
    const { out, digest, counts } = this;
    for (let from = 0; from >= 0; ) {
      out.at = 0;
      while (from >= 0 && out.at < runBytes) {
        const head = out.take(rowFrameHeaderBytes);
        from = lookup.newRows(from, out);
        if (from < 0) out.at = head;
        else {
          out.bytes.writeUInt32LE(out.at - head - rowFrameHeaderBytes, head);
          counts.inserted++;
        }
      }
      const run = out.bytes.subarray(0, out.at);
      digest.added(run);
      if (run.length > 0) yield run;
    }
  }

  private rest(run: Buffer, copied: number): Buffer {
    if (copied === 0) return run;
    this.out.copy(run, copied, run.length);
    return this.out.bytes.subarray(0, this.out.at);
  }
}
