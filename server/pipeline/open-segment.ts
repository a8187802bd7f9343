import type { Storage } from '#server/storage/contract.ts';
import { Handoff } from './handoff.ts';
import { hashFilter } from './hash.ts';
import { type IndexedChunk, segmentFooter, segmentHeader } from './segment-format.ts';

/** What may lie between compression and the destination. */
const handoffBytes = 4 * 1024 ** 2;

export interface StoredSegment {
  key: string;
  bytes: number;
  sha256: string;
}

/** One segment on its way to the destination: it exists there from `finish` on, wholly, or never. */
export class OpenSegment {
  readonly key: string;
  bytes = 0;
  readonly #handoff = new Handoff(handoffBytes);
  readonly #hash = hashFilter();
  readonly #chunks: IndexedChunk[] = [];
  readonly #written: Promise<unknown>;

  constructor(storage: Storage, key: string, signal: AbortSignal | undefined) {
    this.key = key;
    this.#written = storage.write(key, this.#handoff, signal ? { signal } : {});
    // The writer learns of it at its next push, and from `finish`.
    this.#written.catch((error) => this.#handoff.fail(error));
  }

  /** `done`: see Handoff. */
  async append(bytes: Buffer, done?: () => void): Promise<void> {
    await this.begin();
    await this.#push(bytes, done);
  }

  /** Where the next chunk would begin. */
  async begin(): Promise<number> {
    if (this.bytes === 0) await this.#push(segmentHeader());
    return this.bytes;
  }

  name(chunk: IndexedChunk): void {
    this.#chunks.push(chunk);
  }

  async finish(): Promise<StoredSegment> {
    await this.append(segmentFooter(this.#chunks));
    this.#handoff.end();
    await this.#written;
    return { key: this.key, bytes: this.bytes, sha256: this.#hash.result() };
  }

  /** Resolves when the driver has let go: true where the object was whole already. Never throws. */
  async abandon(): Promise<boolean> {
    this.#handoff.fail(new Error(`segment ${this.key} was given up`));
    return this.#written.then(
      () => true,
      () => false,
    );
  }

  async #push(bytes: Buffer, done?: () => void): Promise<void> {
    this.#hash.take(bytes);
    this.bytes += bytes.length;
    await this.#handoff.push(bytes, done);
  }
}
