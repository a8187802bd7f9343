import { createHash } from 'node:crypto';
import type { LogFrame } from '#server/manifest/log-schema.ts';
import { compressFrame } from '#server/pipeline/compress.ts';
import { Handoff } from '#server/pipeline/handoff.ts';
import type { Storage } from '#server/storage/contract.ts';
import { blockHead, blockHeadBytes, indexStream, segmentHeader, segmentTrailer } from './layout.ts';

/** Two that are being compressed, two that wait for their turn and two for the destination; each holds a frame. */
const depth = 6;
/** What may lie between compression and the destination. */
const handoffBytes = 2 * 1024 ** 2;
export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly index: { offset: number; length: number; sha256: string };
}

export interface FramePumpOptions {
  /** Called when one that was full has room. */
  readonly roomAgain: () => void;
  /** Makes one zstd frame (compressFrame); by default here, which holds everything else up meanwhile. */
  readonly compress?: (raw: Buffer) => Promise<Buffer>;
  readonly signal?: AbortSignal;
}

/**
 * Frames on their way into one object: compressed several at once, written in the order in which they were given. The
 * object exists from `finish` on, wholly, or never. A failure of the destination is told by `finish`, and at once by
 * `failed`.
 */
export class FramePump {
  readonly key: string;
  /** Rejects when the destination fails; never resolves. */
  readonly failed: Promise<never>;
  readonly #handoff = new Handoff(handoffBytes);
  readonly #hash = createHash('sha256');
  readonly #written: Promise<unknown>;
  readonly #roomAgain: () => void;
  readonly #compress: (raw: Buffer) => Promise<Buffer>;
  #last: Promise<void> = Promise.resolve();
  #inFlight = 0;
  #bytes = 0;
  #broken: unknown;
  #abandoned = false;

  constructor(storage: Storage, key: string, options: FramePumpOptions) {
    this.key = key;
    this.#roomAgain = options.roomAgain;
    this.#compress = options.compress ?? (async (raw) => compressFrame(raw));
    this.#written = storage.write(key, this.#handoff, options.signal ? { signal: options.signal } : {});
    const { promise, reject } = Promise.withResolvers<never>();
    this.failed = promise;
    promise.catch(() => {});
    this.#written.catch((error) => {
      this.#broken ??= error;
      this.#handoff.fail(error);
      if (!this.#abandoned) reject(error);
    });
    this.#last = this.#put(segmentHeader());
    this.#last.catch(() => {});
  }

  /** Whoever has more frames waits for `roomAgain`. One that cannot wait may go on. */
  get full(): boolean {
    return this.#inFlight >= depth;
  }

  /** Takes `raw` over until `done` is called. `stored` learns where the frame lies. */
  submit(stream: number, raw: Buffer, stored: (frame: LogFrame) => void, done: () => void): void {
    this.#inFlight++;
    const frame = this.#compress(raw);
    frame.catch(() => {});
    const order = this.#last;
    this.#last = (async () => {
      try {
        const bytes = await frame;
        await order;
        const offset = this.#bytes + blockHeadBytes;
        await this.#put(blockHead(stream, bytes.length, raw.length));
        await this.#put(bytes);
        stored([offset, bytes.length, raw.length]);
      } finally {
        this.#inFlight--;
        done();
        this.#roomAgain();
      }
    })();
    this.#last.catch(() => {});
  }

  /** Resolves when every frame that was submitted is on its way. */
  async settled(): Promise<void> {
    await this.#last;
  }

  /** The last frame, then the object becomes whole. */
  async finish(index: Buffer): Promise<StoredObject> {
    await this.#last;
    const frame = await this.#compress(index);
    const offset = this.#bytes + blockHeadBytes;
    await this.#put(blockHead(indexStream, frame.length, index.length));
    await this.#put(frame);
    await this.#put(segmentTrailer(frame.length));
    this.#handoff.end();
    await this.#written;
    const sha256 = createHash('sha256').update(frame).digest('hex');
    const place = { offset, length: frame.length, sha256 };
    return { key: this.key, bytes: this.#bytes, sha256: this.#hash.digest('hex'), index: place };
  }

  /** Nothing is left of it, unless it was whole already. Never throws. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    this.#handoff.fail(new Error(`${this.key} was given up`));
    await Promise.allSettled([this.#written, this.#last]);
  }

  async #put(bytes: Buffer): Promise<void> {
    if (this.#broken) throw this.#broken;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    await this.#handoff.push(bytes);
  }
}
