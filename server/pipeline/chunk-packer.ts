import { compressFrame } from './compress.ts';
import { hashFilter } from './hash.ts';
import { largestFrameBytes } from './segment-format.ts';

export interface Frame {
  /** As it is stored. */
  readonly bytes: Buffer;
  readonly rawBytes: number;
}

/** What a chunk came to: sha256 is over its frames. */
export interface PackedChunk {
  readonly rawBytes: number;
  readonly sha256: string;
}

/**
 * Turns the rows of one chunk into frames, wherever that is done: what is packed in one thread is stored by another
 * (segment-writer.ts). Nothing is kept between two calls: give it a megabyte at a time, for each call ends a frame.
 */
export class ChunkPacker {
  readonly #frameBytes: number;
  readonly #hash = hashFilter();
  #rawBytes = 0;

  /** Raw bytes of a frame are at least `frameBytes`, where there are that many, and less than twice as many. */
  constructor(frameBytes = 1 << 20) {
    if (frameBytes < 1 || frameBytes > largestFrameBytes / 2)
      throw new RangeError('frameBytes lies outside 1 to 8 MiB');
    this.#frameBytes = frameBytes;
  }

  /** Frames of these rows, in order; the rows may be cut anywhere. */
  *pack(rows: Buffer): Generator<Frame> {
    if (rows.length === 0) return;
    const pieceBytes = Math.ceil(rows.length / Math.max(1, Math.floor(rows.length / this.#frameBytes)));
    for (let at = 0; at < rows.length; at += pieceBytes) {
      const piece = rows.subarray(at, at + pieceBytes);
      const bytes = compressFrame(piece);
      this.#hash.take(bytes);
      this.#rawBytes += piece.length;
      yield { bytes, rawBytes: piece.length };
    }
  }

  /** Asked once, after the last frame. */
  result(): PackedChunk {
    return { rawBytes: this.#rawBytes, sha256: this.#hash.result() };
  }
}
