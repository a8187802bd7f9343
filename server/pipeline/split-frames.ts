import { largestFrameBytes } from './segment-format.ts';
import { FrameError, measureFrame } from './zstd-frame.ts';

/** Compressing what cannot be compressed adds a little. */
const largestStoredFrameBytes = largestFrameBytes + (largestFrameBytes >> 7) + 1024;

/**
 * The whole frames of a stream, one by one, wherever its pieces are cut; each in memory of its own, which is the
 * caller's. A piece is not looked at again once the next is asked for. Throws FrameError on bytes that are no frame,
 * on a frame larger than any we write, and on an end in the middle of one.
 */
export async function* splitFrames(source: AsyncIterable<Buffer>): AsyncGenerator<{ frame: Buffer; rawBytes: number }> {
  /** What of the stream was not given out yet: its first `have` bytes. The same memory for every piece. */
  let room: Buffer = Buffer.alloc(0);
  let have = 0;
  for await (const piece of source) {
    room = withRoom(room, have, have + piece.length);
    have += piece.copy(room, have);
    const bytes = room.subarray(0, have);
    let at = 0;
    for (let frame = measureFrame(bytes, at); frame; frame = measureFrame(bytes, at)) {
      if (frame.contentBytes > largestFrameBytes) throw new FrameError('a zstd frame claims more than any may hold');
      const copy = Buffer.allocUnsafeSlow(frame.length);
      bytes.copy(copy, 0, at, at + frame.length);
      yield { frame: copy, rawBytes: frame.contentBytes };
      at += frame.length;
      if (at === have) break;
    }
    room.copyWithin(0, at, have);
    have -= at;
    if (have > largestStoredFrameBytes) throw new FrameError('a zstd frame is larger than any may be');
  }
  if (have > 0) throw new FrameError('the last zstd frame is cut short');
}

/** `room` with its first `kept` bytes, or a larger one with them. */
function withRoom(room: Buffer, kept: number, wanted: number): Buffer {
  if (wanted <= room.length) return room;
  const larger = Buffer.allocUnsafeSlow(Math.max(wanted, room.length * 2));
  room.copy(larger, 0, 0, kept);
  return larger;
}
