/**
 * A place where objects lie. One contract, one suite (`contract-suite.ts`) that every driver passes.
 *
 * - Keys are checked by `checkKey` before anything is touched (`destination/bad-key`).
 * - `write` makes the object whole or leaves it absent: a crash, an abort or an error at any byte leaves nothing under
 *   the key. It never replaces: an existing key is `destination/object-exists`, and the old bytes stay.
 * - A piece of a streamed body is the driver's until it asks for the next one; what it keeps longer it copies.
 * - Missing objects: `read`/`readAll` throw `destination/object-missing`; `stat` answers null; `remove` does nothing.
 * - `read` past the end, or of a range that is not wholly there, throws `destination/object-damaged`.
 * - No space is `destination/full`, no permission `destination/unwritable`; both leave nothing behind.
 */
export interface Storage {
  readonly features: StorageFeatures;
  write(
    key: string,
    body: AsyncIterable<Buffer> | Buffer,
    options?: { signal?: AbortSignal },
  ): Promise<{ bytes: number }>;
  /** A byte range (default: all) in pieces of at most 1 MiB, which are the caller's, with the memory of their own. */
  read(
    key: string,
    range?: { offset: number; length: number },
    options?: { signal?: AbortSignal },
  ): AsyncIterable<Buffer>;
  readAll(key: string, options?: { signal?: AbortSignal; maxBytes?: number }): Promise<Buffer>;
  stat(key: string): Promise<{ bytes: number; modifiedAt: Date } | null>;
  /** Keys under a prefix (`backups/` or `segments/1f/01jabc-`), in no promised order; half-written objects never show. */
  list(prefix: string): AsyncIterable<{ key: string; bytes: number }>;
  remove(key: string): Promise<void>;
  /** Bytes free, null where the place cannot tell. */
  freeBytes(): Promise<number | null>;
  close(): Promise<void>;
}

export interface StorageFeatures {
  readonly noReplace: boolean;
  readonly rangeRead: boolean;
  readonly list: boolean;
  readonly remove: boolean;
}
