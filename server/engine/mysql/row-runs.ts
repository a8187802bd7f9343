import { TidemarkError } from '#server/base/error.ts';

const lengthBytes = 4;

/**
 * Framed rows out of a byte stream that may be cut anywhere: yields runs of whole rows, in order, without copying them
 * except where a row lies across a cut, which is a run of its own and the caller's until the next one is asked for.
 * Memory is one piece plus one row; of rows past 16 MiB all streams of this process together hold one at a time. Errors:
 * `destination/object-damaged` when the stream ends inside a row.
 */
export async function* rowRuns(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  /** The beginning of a row, `have` bytes of it, with room for the whole row. */
  let begun: Buffer = nothing;
  let have = 0;
  /** Where rows across a cut are put together, one after the other: the caller has done with one before the next. */
  let space: Buffer = nothing;
  let endTurn = () => {};
  let hadLarge = false;
  try {
    for await (const piece of pieces) {
      let rest = piece;
      while (have > 0 && rest.length > 0) {
        const need = frameBytes(begun.subarray(0, have));
        // The piece belongs to the reader, who may use it again: what is kept over to the next one is copied.
        if (begun.length < need) {
          if (need > largeRowBytes) {
            if (!hadLarge) streamsWithLarge++;
            hadLarge = true;
            endTurn = await turnOfLargeRow();
          } else if (space.length < need) space = Buffer.allocUnsafeSlow(need);
          const room = need > largeRowBytes ? largeSpace(need) : space;
          begun.copy(room, 0, 0, have);
          begun = room;
        }
        const taken = rest.copy(begun, have, 0, need - have);
        have += taken;
        rest = rest.subarray(taken);
        if (have < need || need < frameBytes(begun.subarray(0, have))) continue;
        yield begun.subarray(0, need);
        begun = nothing;
        have = 0;
        endTurn();
      }
      const end = wholeRows(rest);
      if (end > 0) yield rest.subarray(0, end);
      if (end === rest.length) continue;
      begun = Buffer.from(rest.subarray(end));
      have = begun.length;
    }
  } finally {
    endTurn();
    if (hadLarge && --streamsWithLarge === 0) large = nothing;
  }
  if (have > 0) {
    throw new TidemarkError('destination/object-damaged', 'a chunk ends in the middle of a row', {
      context: { leftBytes: have },
    });
  }
}

const nothing = Buffer.alloc(0);

/** Loaded over several connections at once, rows of 100 MB would take several times that, and as much to send. */
const largeRowBytes = 16 * 1024 ** 2;
let turns: Promise<void> = Promise.resolve();
/** Where large rows are put together: of the stream whose turn it is, given back with the last stream that had one. */
let large: Buffer = nothing;
let streamsWithLarge = 0;

function largeSpace(bytes: number): Buffer {
  if (large.length < bytes) large = Buffer.allocUnsafeSlow(bytes);
  return large;
}

/** Resolves when it is ours to hold a large row, with what ends that. */
async function turnOfLargeRow(): Promise<() => void> {
  const before = turns;
  let end = () => {};
  turns = new Promise((resolve) => {
    end = resolve;
  });
  await before;
  return end;
}

/** How long the frame is that begins so; only its length's own bytes while not all of them are there. */
const frameBytes = (begun: Buffer) => (begun.length < lengthBytes ? lengthBytes : lengthBytes + begun.readUInt32LE(0));

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
