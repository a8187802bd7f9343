import type { LogFrame } from '#server/manifest/log-schema.ts';
import type { FramePump } from './frame-pump.ts';
import { SharedMemory } from './shared-memory.ts';

/** A table that is rarely written to takes no more than this. */
const firstBytes = 4096;

/** The bytes of one stream that are no frame yet, and the frames that are. */
export interface StreamBuffer {
  readonly stream: number;
  bytes: Buffer;
  used: number;
  /** What its last frame took: the next one will take as much. */
  expectedBytes: number;
  readonly frames: LogFrame[];
}

const none = Buffer.alloc(0);

/**
 * Bytes of many streams, gathered into frames. A stream's frame is made when it is full, or, of the fullest ones, when
 * all together hold more than `budgetBytes`: so memory is bounded whatever the number of tables, and frames are as
 * large as that allows.
 */
export class StreamBuffers {
  readonly #pump: FramePump;
  readonly #frameBytes: number;
  readonly #budgetBytes: number;
  readonly #streams: StreamBuffer[] = [];
  readonly #memory: SharedMemory;
  #heldBytes = 0;

  /** `frameBytes` is a power of two. `memory` may be shared by those that follow one another. */
  constructor(pump: FramePump, options: { frameBytes: number; budgetBytes: number; memory?: SharedMemory }) {
    this.#memory = options.memory ?? new SharedMemory();
    this.#pump = pump;
    this.#frameBytes = options.frameBytes;
    this.#budgetBytes = options.budgetBytes;
  }

  open(): StreamBuffer {
    const made: StreamBuffer = {
      stream: this.#streams.length,
      bytes: none,
      used: 0,
      expectedBytes: firstBytes,
      frames: [],
    };
    this.#streams.push(made);
    return made;
  }

  /** A place for `count` bytes of one record at once: `bytes` of the stream from `used` on, to be counted there. */
  reserve(to: StreamBuffer, count: number): void {
    if (to.bytes.length - to.used >= count) return;
    if (to.used + count > this.#frameBytes) this.#flush(to);
    this.#grow(to, to.used + count);
  }

  append(to: StreamBuffer, from: Buffer, start = 0, end = from.length): void {
    for (let at = start; at < end; ) {
      if (to.used === to.bytes.length) {
        if (to.used >= this.#frameBytes) this.#flush(to);
        this.#grow(to, Math.min(this.#frameBytes, to.used + end - at));
      }
      const count = Math.min(to.bytes.length - to.used, end - at);
      // Not `set`: into shared memory it goes word by word.
      from.copy(to.bytes, to.used, at, at + count);
      to.used += count;
      at += count;
    }
  }

  /** Everything becomes frames, in the order of the streams. */
  flushAll(): void {
    for (const stream of this.#streams) this.#flush(stream);
  }

  #grow(of: StreamBuffer, leastBytes: number): void {
    const wanted = of.bytes.length === 0 ? of.expectedBytes : of.bytes.length * 4;
    const bytes = this.#memory.take(Math.min(this.#frameBytes, Math.max(wanted, leastBytes)));
    of.bytes.copy(bytes, 0, 0, of.used);
    this.#memory.give(of.bytes);
    this.#heldBytes += bytes.length - of.bytes.length;
    of.bytes = bytes;
    if (this.#heldBytes > this.#budgetBytes) this.#relieve(of);
  }

  /** Half the budget is free again afterwards; the one that is being written to keeps what it has. */
  #relieve(kept: StreamBuffer): void {
    const fullest = this.#streams.filter((one) => one !== kept && one.bytes.length > 0).sort((a, b) => b.used - a.used);
    for (const stream of fullest) {
      if (this.#heldBytes <= this.#budgetBytes / 2) return;
      this.#flush(stream);
    }
  }

  #flush(stream: StreamBuffer): void {
    const { bytes, used, frames } = stream;
    if (bytes.length === 0) return;
    stream.bytes = none;
    stream.used = 0;
    stream.expectedBytes = Math.max(firstBytes, used);
    this.#heldBytes -= bytes.length;
    if (used === 0) {
      this.#memory.give(bytes);
      return;
    }
    this.#pump.submit(
      stream.stream,
      bytes.subarray(0, used),
      (frame) => frames.push(frame),
      () => this.#memory.give(bytes),
    );
  }
}
