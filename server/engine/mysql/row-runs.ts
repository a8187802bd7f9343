import { TidemarkError } from '#server/base/error.ts';

const lengthBytes = 4;

/**
 * Framed rows out of a byte stream that may be cut anywhere: yields runs of whole rows, in order, without copying them
 * except where a row lies across a cut. Memory is one piece plus one row. Errors: `destination/object-damaged` when
 * the stream ends inside a row.
 */
export async function* rowRuns(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let have = 0;
  let need = lengthBytes;
  for await (const piece of pieces) {
    let run = piece;
    if (have > 0) {
      waiting.push(Buffer.from(piece));
      have += piece.length;
      if (have < need) continue;
      run = Buffer.concat(waiting, have);
    }
    const end = wholeRows(run);
    if (end > 0) yield run.subarray(0, end);
    // The piece belongs to the reader, who may use it again: what is kept over to the next one is copied.
    const rest = Buffer.from(run.subarray(end));
    waiting = rest.length > 0 ? [rest] : [];
    have = rest.length;
    need = have < lengthBytes ? lengthBytes : lengthBytes + rest.readUInt32LE(0);
  }
  if (have > 0) {
    throw new TidemarkError('destination/object-damaged', 'a chunk ends in the middle of a row', {
      context: { leftBytes: have },
    });
  }
}

/** Where the last whole row of `frames` ends. */
function wholeRows(frames: Buffer): number {
  let end = 0;
  while (frames.length - end >= lengthBytes) {
    const next = end + lengthBytes + frames.readUInt32LE(end);
    if (next > frames.length) break;
    end = next;
  }
  return end;
}
