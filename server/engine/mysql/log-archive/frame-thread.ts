import { TidemarkError } from '#server/base/error.ts';
import { compressFrame } from '#server/pipeline/compress.ts';
import { type Lodging, Threads } from '../thread/threads.ts';
import type { CompressAsk, CompressTell } from './compress-role.ts';

/** Below this a frame is compressed where it is, in less time than a thread takes to answer. */
const smallBytes = 1 << 15;
/** All archives of a process share them; one is quicker than any server's log is read. */
const threads = new Threads('compress', 2);

/**
 * Compresses frames in another thread: compressed where the log is read, they would take half of its time, and the
 * memory they take in passing would have all of this thread's memory looked through again and again.
 */
export class FrameThread {
  readonly #lodging: Lodging;
  readonly #asked = new Map<number, { resolve: (frame: Buffer) => void; reject: (error: Error) => void }>();
  #ids = 0;

  constructor() {
    this.#lodging = threads.lodge((error) => this.#failAll(error));
    this.#lodging.port.on('message', (told: CompressTell) => this.#told(told));
  }

  /** `raw` stays as it is until this resolves. Errors: `internal/thread-ended`. */
  compress(raw: Buffer): Promise<Buffer> {
    if (raw.length < smallBytes) return Promise.resolve(compressFrame(raw));
    const id = this.#ids++;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    this.#asked.set(id, { resolve, reject });
    this.#lodging.port.postMessage({ id, raw } satisfies CompressAsk);
    return promise;
  }

  async close(): Promise<void> {
    await this.#lodging.leave();
    this.#failAll(new TidemarkError('internal/thread-ended', 'frames are no longer compressed'));
  }

  #told({ id, frame, problem }: CompressTell): void {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (frame) asked?.resolve(Buffer.from(frame.buffer));
    else asked?.reject(new Error(problem));
  }

  #failAll(error: TidemarkError): void {
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
  }
}
