/**
 * Bytes flow through filters and each leaves a result: what a manifest says of an object is what its filters saw,
 * never a second look at it.
 */
export interface Filter<Result> {
  /** Sees every byte once, in order; must not keep the buffer. */
  take(bytes: Buffer): void;
  /** What was seen so far; asked once, at the end. */
  result(): Result;
}

/** The same pieces, each shown to every filter on its way. */
export async function* through(
  source: AsyncIterable<Buffer>,
  filters: readonly Filter<unknown>[],
): AsyncGenerator<Buffer> {
  for await (const piece of source) {
    for (const filter of filters) filter.take(piece);
    yield piece;
  }
}
