import { damagedObject } from '#server/manifest/parse.ts';

const none = Buffer.alloc(0);

/** Reads the bytes of one stream of a segment in order, however they were cut into frames. */
export class StreamCursor {
  readonly #key: string;
  readonly #frames: AsyncIterator<Buffer>;
  #bytes: Buffer = none;
  #at = 0;

  constructor(key: string, frames: AsyncGenerator<Buffer>) {
    this.#key = key;
    this.#frames = frames;
  }

  /** Whether any bytes are left. */
  async more(): Promise<boolean> {
    while (this.#at === this.#bytes.length) if (!(await this.#next())) return false;
    return true;
  }

  /** The next `count` bytes, which must be there. A view of a frame, or where they span frames a copy. */
  async take(count: number): Promise<Buffer> {
    while (this.#bytes.length - this.#at < count) {
      if (!(await this.#next())) throw damagedObject(this.#key, 'a stream of it ends too early');
    }
    const at = this.#at;
    this.#at += count;
    return this.#bytes.subarray(at, this.#at);
  }

  /** The next bytes, at most `count` of them, without any copying. */
  async some(count: number): Promise<Buffer> {
    if (!(await this.more())) throw damagedObject(this.#key, 'a stream of it ends too early');
    return this.take(Math.min(count, this.#bytes.length - this.#at));
  }

  /** Lets go of what is still being read. */
  async close(): Promise<void> {
    await this.#frames.return?.();
  }

  async #next(): Promise<boolean> {
    const { value, done } = await this.#frames.next();
    if (done) return false;
    const left = this.#bytes.subarray(this.#at);
    this.#bytes = left.length === 0 ? value : Buffer.concat([left, value]);
    this.#at = 0;
    return true;
  }
}
