interface Handed {
  readonly bytes: Buffer;
  readonly done: (() => void) | undefined;
}

/**
 * Between one who pushes bytes and one who pulls them (a storage driver): at most `maxBytes` wait in between, so that
 * a slow destination slows the source instead of filling the memory. One pusher, one puller.
 */
export class Handoff implements AsyncIterable<Buffer> {
  readonly #maxBytes: number;
  readonly #waiting: Handed[] = [];
  #waitingBytes = 0;
  #ended = false;
  #failure: { error: unknown } | null = null;
  #wake: (() => void)[] = [];

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the buffer over; resolves when there is room for the next one. Throws what `fail` was given. `done` is called when
   * whoever pulls has finished with it; never, when it is not pulled any more.
   */
  async push(bytes: Buffer, done?: () => void): Promise<void> {
    this.#throwIfFailed();
    this.#waiting.push({ bytes, done });
    this.#waitingBytes += bytes.length;
    this.#change();
    while (this.#waitingBytes > this.#maxBytes) {
      await this.#changed();
      this.#throwIfFailed();
    }
  }

  end(): void {
    this.#ended = true;
    this.#change();
  }

  /** Both sides throw this from now on; the first failure stays. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    this.#change();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    while (true) {
      this.#throwIfFailed();
      const handed = this.#waiting.shift();
      if (handed) {
        this.#waitingBytes -= handed.bytes.length;
        this.#change();
        yield handed.bytes;
        handed.done?.();
      } else if (this.#ended) return;
      else await this.#changed();
    }
  }

  #throwIfFailed(): void {
    if (this.#failure) throw this.#failure.error;
  }

  #changed(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #change(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const resolve of wake) resolve();
  }
}
