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
  for await (const piece of pieces) {
    let at = 0;
    // The row that lies across the cut; its length may do so too.
    while (have > 0 && at < piece.length) {
      const need = have < lengthBytes ? lengthBytes : lengthBytes + Buffer.concat(waiting, lengthBytes).readUInt32LE(0);
      const part = piece.subarray(at, at + need - have);
      // The piece belongs to the reader, who may use it again: what is kept over to the next one is copied.
      waiting.push(Buffer.from(part));
      have += part.length;
      at += part.length;
      if (have < need || !isWhole(waiting, have)) continue;
      yield Buffer.concat(waiting, have);
      waiting = [];
      have = 0;
    }
    const rest = piece.subarray(at);
    const end = wholeRows(rest);
    if (end > 0) yield rest.subarray(0, end);
    if (end === rest.length) continue;
    waiting = [Buffer.from(rest.subarray(end))];
    have = rest.length - end;
  }
  if (have > 0) {
    throw new TidemarkError('destination/object-damaged', 'a chunk ends in the middle of a row', {
      context: { leftBytes: have },
    });
  }
}

const isWhole = (parts: readonly Buffer[], have: number): boolean =>
  have >= lengthBytes && have === lengthBytes + Buffer.concat(parts, lengthBytes).readUInt32LE(0);

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
