import { TidemarkError } from '#server/base/error.ts';

/** Larger objects are read in ranges; a manifest of 20,000 tables stays far below. */
const defaultMaxBytes = 256 * 1024 ** 2;

/** All pieces in one buffer. Errors: `destination/object-damaged` past `maxBytes`, so that a wrong object cannot fill the memory. */
export async function readWhole(
  key: string,
  pieces: AsyncIterable<Buffer>,
  maxBytes: number = defaultMaxBytes,
): Promise<Buffer> {
  const all: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    if (bytes > maxBytes) {
      throw new TidemarkError('destination/object-damaged', `object ${key} is larger than ${maxBytes} bytes`, {
        context: { key, maxBytes },
      });
    }
    all.push(piece);
  }
  return Buffer.concat(all, bytes);
}
