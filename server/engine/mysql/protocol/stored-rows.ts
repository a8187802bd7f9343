import { BinaryRowWalker } from './binary-row-walker.ts';
import { type LoadColumn, paramTypeOf } from './load-column.ts';
import { protocolError } from './protocol-error.ts';
import { rowFrameHeaderBytes } from './row-scanner.ts';

/** Values longer than this are copied by the runtime, shorter ones by a loop: calls cost more than bytes there. */
const loopCopyBytes = 40;

/**
 * Rows in frames (u32le length + binary row payload, contiguous), read for loading: which columns are sent, as which
 * parameter types. The chosen columns are given by index, in the order of the statement's `?`; generated columns are
 * left out here. Used by the bulk batch and the insert batch.
 */
export class StoredRows {
  readonly walker: BinaryRowWalker;
  readonly columns: readonly LoadColumn[];
  readonly chosen: Int32Array;
  /** Two bytes per parameter: type, sign. */
  readonly paramTypes: Buffer;

  constructor(columns: readonly LoadColumn[], chosen: readonly number[] = columns.map((_, i) => i)) {
    this.columns = columns;
    this.walker = new BinaryRowWalker(columns.map((column) => column.type));
    this.chosen = Int32Array.from(chosen);
    this.paramTypes = Buffer.from(
      chosen.flatMap((index) => {
        const column = columns[index];
        if (!column) throw protocolError(`stored rows have no column ${index}`);
        return [...paramTypeOf(column)];
      }),
    );
  }

  /** End of the frame that begins at `at`. Errors: `node/protocol` when the frames are cut. */
  frameEnd(frames: Buffer, at: number): number {
    const payload = at + rowFrameHeaderBytes;
    const end = payload <= frames.length ? payload + frames.readUInt32LE(at) : Number.POSITIVE_INFINITY;
    if (end > frames.length) throw protocolError('stored rows end within a row');
    return end;
  }
}

/** Copies `from[start, stop)` to `to` at `at`; returns where the copy ends. */
export function copyValue(from: Buffer, start: number, stop: number, to: Buffer, at: number): number {
  if (stop - start > loopCopyBytes) {
    from.copy(to, at, start, stop);
    return at + stop - start;
  }
  for (let i = start; i < stop; i++) to[at++] = from[i]!;
  return at;
}
