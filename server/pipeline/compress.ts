import { promisify } from 'node:util';
import { constants, type ZstdOptions, zstdCompress, zstdCompressSync } from 'node:zlib';

const compress = promisify<Buffer, ZstdOptions, Buffer>(zstdCompress);

/** Two compress while the caller fills a third: enough to keep two cores busy, and the bound of memory per writer. */
const depth = 2;
/** What zlib allocates at a time for its output; its default of 16 KiB costs a third of the rate. */
const outputBytes = 1 << 18;
/** Below this a frame is compressed where it is, in less time than the pool takes to answer. */
const smallBytes = 1 << 16;
/** What zstd may add to bytes that it cannot make smaller, with its header and checksum. */
const overheadBytes = 512;

/**
 * Cuts bytes into independent zstd frames of `frameBytes` raw bytes (the last is shorter), each with its content size
 * and checksum, compressed on libuv's pool and given to `emit` in order. A failure of either is thrown by the next
 * call, and by `finish`.
 */
export class FrameCompressor {
  readonly #frameBytes: number;
  readonly #level: number;
  readonly #emit: (frame: Buffer) => Promise<void>;
  readonly #spare: Buffer[];
  readonly #inFlight: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  #filling: Buffer | null = null;
  #filled = 0;

  /** `spare` holds buffers of `frameBytes` that nobody uses; compressors that follow one another share it. */
  constructor(options: {
    frameBytes: number;
    level: number;
    spare: Buffer[];
    emit: (frame: Buffer) => Promise<void>;
  }) {
    this.#frameBytes = options.frameBytes;
    this.#level = options.level;
    this.#spare = options.spare;
    this.#emit = options.emit;
  }

  /** Copies `bytes`: the buffer is the caller's again when this resolves. */
  async write(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      this.#filling ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(this.#frameBytes);
      const copied = bytes.copy(this.#filling, this.#filled, at);
      this.#filled += copied;
      at += copied;
      if (this.#filled === this.#frameBytes) await this.#submit();
    }
  }

  /** Resolves when every frame was emitted. */
  async finish(): Promise<void> {
    if (this.#filled > 0) await this.#submit();
    await this.#last;
  }

  /** Drops what is not a whole frame yet and waits until nothing is emitted any more; never throws. */
  async drop(): Promise<void> {
    this.#filled = 0;
    await this.#last.catch(() => {});
  }

  async #submit(): Promise<void> {
    const raw = this.#filling!;
    const compressed = this.#compress(raw, this.#filled);
    const emitted = Promise.all([compressed, this.#last]).then(([frame]) => this.#emit(frame));
    // Thrown to whoever calls next; without this the process would end before that.
    emitted.catch(() => {});
    this.#filling = null;
    this.#filled = 0;
    this.#last = emitted;
    this.#inFlight.push(emitted);
    if (this.#inFlight.length >= depth) await this.#inFlight.shift();
  }

  async #compress(raw: Buffer, length: number): Promise<Buffer> {
    const options = {
      chunkSize: Math.min(outputBytes, length + overheadBytes),
      pledgedSrcSize: length,
      params: { [constants.ZSTD_c_compressionLevel]: this.#level, [constants.ZSTD_c_checksumFlag]: 1 },
    };
    const bytes = raw.subarray(0, length);
    const frame = length < smallBytes ? zstdCompressSync(bytes, options) : await compress(bytes, options);
    this.#spare.push(raw);
    return frame;
  }
}
