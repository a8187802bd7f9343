import type { MessagePort } from 'node:worker_threads';
import { compressFrame } from '#server/pipeline/compress.ts';

/** What is asked of a thread: the bytes lie in memory that both see. */
export interface CompressAsk {
  readonly id: number;
  readonly raw: Uint8Array;
}

export interface CompressTell {
  readonly id: number;
  /** Of the size it has: what was made larger to make it is left behind here. */
  readonly frame?: Uint8Array<ArrayBuffer>;
  readonly problem?: string;
}

/** Compresses what comes, one after another, for whoever has the other end of `port` (frame-thread.ts). */
export function serve(port: MessagePort): void {
  port.on('message', ({ id, raw }: CompressAsk) => {
    try {
      const made = compressFrame(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength));
      const frame = new Uint8Array(made.length);
      frame.set(made);
      port.postMessage({ id, frame } satisfies CompressTell, [frame.buffer]);
    } catch (error) {
      port.postMessage({ id, problem: (error as Error).message } satisfies CompressTell);
    }
  });
}
