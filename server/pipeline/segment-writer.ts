import { throwIfStopped } from '#server/base/abort.ts';
import { segmentKey } from '#server/manifest/keys.ts';
import type { Storage } from '#server/storage/contract.ts';
import type { PackedChunk } from './chunk-packer.ts';
import { OpenSegment, type StoredSegment } from './open-segment.ts';

export interface SegmentWriterOptions {
  storage: Storage;
  attemptId: string;
  /** Ordinals of the attempt's segments; writers of one attempt share it. */
  nextOrdinal: () => number;
  /** A segment is closed after the chunk that passes this many stored bytes. Default 256 MiB. */
  maxBytes?: number;
  signal?: AbortSignal;
}

/** Where the bytes of a chunk lie; sha256 is over the stored bytes. */
export interface StoredChunk {
  segment: string;
  offset: number;
  length: number;
  sha256: string;
  rawBytes: number;
}

export interface ChunkWriter {
  /**
   * Takes one whole frame of a ChunkPacker over. Resolves when the destination keeps up. `done` is called when the frame's
   * memory is not needed any more, unless the segment comes to nothing.
   */
  append(frame: Buffer, done?: () => void): Promise<void>;
  /** `packed` is what the packer says of the frames that were appended. */
  finish(packed: PackedChunk): Promise<StoredChunk>;
  /** Gives the chunk up; the writer goes on with the next one. Never throws. */
  abort(): Promise<void>;
}

export interface SegmentWriter {
  /** One chunk is open at a time. */
  writeChunk(): ChunkWriter;
  /** Every segment this writer made, durable. No chunk may be open. */
  close(): Promise<StoredSegment[]>;
  /** Ends at once and leaves no object of this writer; what could not be removed is thrown. */
  abort(): Promise<void>;
}

/**
 * Puts chunks into segments. Chunks never span segments; the last bytes of a full segment are made durable while the
 * next one begins. Memory is bounded by about ten frames, whatever the size of a chunk. Errors of the destination
 * are thrown by the next call; then `abort`.
 */
export function openSegmentWriter(options: SegmentWriterOptions): SegmentWriter {
  return new SegmentWriting(options);
}

class SegmentWriting implements SegmentWriter {
  readonly options: SegmentWriterOptions;
  readonly #maxBytes: number;
  readonly #closed: StoredSegment[] = [];
  #open: OpenSegment | null = null;
  #closing: Promise<void> = Promise.resolve();
  #failure: { error: unknown } | null = null;
  #chunk: ChunkWriting | null = null;

  constructor(options: SegmentWriterOptions) {
    this.options = options;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 ** 2;
  }

  writeChunk(): ChunkWriter {
    if (this.#chunk) throw new Error('a chunk of this writer is open already');
    this.#chunk = new ChunkWriting(this);
    return this.#chunk;
  }

  async close(): Promise<StoredSegment[]> {
    if (this.#chunk) throw new Error('a chunk of this writer is still open');
    await this.#closeSegment();
    await this.#closing;
    return this.#closed;
  }

  async abort(): Promise<void> {
    const open = this.#open;
    if (open && (await open.abandon())) await this.options.storage.remove(open.key);
    await this.#chunk?.abort();
    await this.#closing.catch(() => {});
    // Only what this writer stored: a key that was taken belongs to somebody else.
    for (const { key } of this.#closed) await this.options.storage.remove(key);
  }

  check(): void {
    if (this.options.signal) throwIfStopped(this.options.signal);
    if (this.#failure) throw this.#failure.error;
  }

  segment(): OpenSegment {
    if (this.#open) return this.#open;
    const key = segmentKey(this.options.attemptId, this.options.nextOrdinal());
    this.#open = new OpenSegment(this.options.storage, key, this.options.signal);
    return this.#open;
  }

  async chunkEnded(): Promise<void> {
    this.#chunk = null;
    if (this.#open && this.#open.bytes >= this.#maxBytes) await this.#closeSegment();
  }

  /** Waits for the segment before this one at most: two are never on their way for longer. */
  async #closeSegment(): Promise<void> {
    const segment = this.#open;
    if (!segment) return;
    await this.#closing;
    this.#open = null;
    this.#closing = segment.finish().then((stored) => void this.#closed.push(stored));
    this.#closing.catch((error) => {
      this.#failure = { error };
    });
  }
}

class ChunkWriting implements ChunkWriter {
  readonly #writer: SegmentWriting;
  #offset = 0;
  #length = 0;
  #last: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(writer: SegmentWriting) {
    this.#writer = writer;
  }

  append(frame: Buffer, done?: () => void): Promise<void> {
    this.#last = this.#append(frame, done);
    return this.#last;
  }

  async finish(packed: PackedChunk): Promise<StoredChunk> {
    this.#use();
    const segment = this.#writer.segment();
    if (this.#length === 0) this.#offset = await segment.begin();
    const stored = { offset: this.#offset, length: this.#length, ...packed };
    this.#ended = true;
    segment.name(stored);
    await this.#writer.chunkEnded();
    return { segment: segment.key, ...stored };
  }

  async abort(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#last.catch(() => {});
    // A destination that failed has been told to the writer; it is thrown by its next call.
    await this.#writer.chunkEnded().catch(() => {});
  }

  async #append(frame: Buffer, done: (() => void) | undefined): Promise<void> {
    this.#use();
    const segment = this.#writer.segment();
    if (this.#length === 0) this.#offset = await segment.begin();
    this.#length += frame.length;
    await segment.append(frame, done);
  }

  #use(): void {
    if (this.#ended) throw new Error('this chunk has ended');
    this.#writer.check();
  }
}
