import { hasCode } from '#server/base/error.ts';
import type { Logger } from '#server/base/log.ts';

/** When what work tells of itself is written into its row. */
export interface ToldWrites {
  /** There is news. */
  soon(): void;
  /** Writes what is left; called while the row is still held. */
  settle(): Promise<void>;
  /** No more writes. */
  close(): void;
}

/**
 * Writes one at a time, in order, once in `everyMs` at most, and not without news. What could not be written is told
 * with the next; a lease that is lost notices that by itself.
 */
export function openToldWrites<T>(options: {
  everyMs: number;
  log: Logger;
  /** What the log says of a write that failed: `could not write …`. */
  failure: string;
  /** What is to be written, which counts as written from now on; null without news. */
  take: () => T | null;
  write: (told: T) => Promise<unknown>;
  /** It was not written after all. */
  putBack: (told: T) => void;
}): ToldWrites {
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let closed = false;

  function soon(): void {
    if (timer || closed) return;
    timer = setTimeout(() => {
      timer = undefined;
      void write();
    }, options.everyMs);
  }

  function write(): Promise<void> {
    writing = writing.then(async () => {
      const told = closed ? null : options.take();
      if (told === null) return;
      try {
        await options.write(told);
      } catch (error) {
        if (hasCode(error, 'job/lease-lost')) return;
        options.log.warn(`${options.failure}; trying again`, { error });
        options.putBack(told);
        soon();
      }
    });
    return writing;
  }

  return {
    soon,
    settle: () => {
      clearTimeout(timer);
      timer = undefined;
      return write();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
}
