import { largestFrameBytes } from './segment-format.ts';
import { FrameError, measureFrame } from './zstd-frame.ts';

/** Compressing what cannot be compressed adds a little. */
const largestStoredFrameBytes = largestFrameBytes + (largestFrameBytes >> 7) + 1024;

/**
 * The whole frames of a stream, one by one, wherever its pieces are cut. Throws FrameError on bytes that are no frame,
 * on a frame larger than any we write, and on an end in the middle of one.
 */
export async function* splitFrames(source: AsyncIterable<Buffer>): AsyncGenerator<{ frame: Buffer; rawBytes: number }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of source) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    let at = 0;
    for (let frame = measureFrame(bytes, at); frame; frame = measureFrame(bytes, at)) {
      if (frame.contentBytes > largestFrameBytes) throw new FrameError('a zstd frame claims more than any may hold');
      yield { frame: bytes.subarray(at, at + frame.length), rawBytes: frame.contentBytes };
      at += frame.length;
      if (at === bytes.length) break;
    }
    rest = bytes.subarray(at);
    if (rest.length > largestStoredFrameBytes) throw new FrameError('a zstd frame is larger than any may be');
  }
  if (rest.length > 0) throw new FrameError('the last zstd frame is cut short');
}
