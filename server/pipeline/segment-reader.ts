import { promisify } from 'node:util';
import { type ZstdOptions, zstdDecompress } from 'node:zlib';
import { TidemarkError } from '#server/base/error.ts';
import type { Chunk } from '#server/manifest/schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { through } from './filter.ts';
import { hashFilter } from './hash.ts';
import { splitFrames } from './split-frames.ts';

const decompress = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** Frames decompressed ahead of the caller: one for each core, and the bound of memory per reader. */
const depth = 2;
/** Room left after the last byte spares zlib a second buffer of the same size. */
const spareBytes = 64;
/** A buffer with more memory than this is nobody else's: smaller ones may share Node's pool. */
const ownMemoryBytes = 1 << 17;

/**
 * The rows of a chunk, decompressed, one frame at a time. Every frame given out has passed its own checksum; the last
 * is given out only when the SHA-256 of all stored bytes and the count of raw bytes agree with what the backup
 * recorded, so the iteration never ends normally on damage. A frame is the reader's again when the next is asked for.
 * Errors: `destination/object-damaged` and `destination/object-missing`, both naming the segment.
 */
export async function* readChunk(
  storage: Storage,
  chunk: Pick<Chunk, 'segment' | 'offset' | 'length' | 'sha256' | 'rawBytes'>,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const hash = hashFilter();
  const stored = through(storage.read(chunk.segment, { offset: chunk.offset, length: chunk.length }, options), [hash]);
  let rawBytes = 0;
  let held: Buffer | null = null;
  try {
    for await (const rows of decompressed(stored)) {
      rawBytes += rows.length;
      if (rawBytes > chunk.rawBytes) break;
      if (held) {
        yield held;
        free(held);
      }
      held = rows;
    }
  } catch (error) {
    throw error instanceof TidemarkError ? error : damaged(chunk, (error as Error).message, error);
  }
  if (rawBytes > chunk.rawBytes) throw damaged(chunk, `it holds more than the ${chunk.rawBytes} bytes recorded`);
  if (hash.result() !== chunk.sha256) throw damaged(chunk, 'its SHA-256 is not the one recorded');
  if (rawBytes < chunk.rawBytes) throw damaged(chunk, `it holds ${rawBytes} of the ${chunk.rawBytes} bytes recorded`);
  if (held) {
    yield held;
    free(held);
  }
}

/** At once: the collector counts memory like this, and walks the whole heap for every few buffers that are left to it. */
function free({ buffer }: Buffer): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > ownMemoryBytes) buffer.transfer(0);
}

/** The same pieces, each given back when the next is asked for. One that is part of a larger buffer is left as it is. */
async function* givenBack(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    yield piece;
    if (piece.byteLength === piece.buffer.byteLength) free(piece);
  }
}

/** Runs ahead by `depth` frames while the caller works on one. */
async function* decompressed(stored: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  for await (const { frame, rawBytes } of splitFrames(givenBack(stored))) {
    const rows = decompress(frame, { chunkSize: rawBytes + spareBytes, maxOutputLength: rawBytes + spareBytes });
    // An error is thrown when its turn comes; without this the process would end before that.
    rows.then(
      () => free(frame),
      () => {},
    );
    ahead.push(rows);
    if (ahead.length > depth) yield await ahead.shift()!;
  }
  for (const rows of ahead) yield await rows;
}

function damaged(chunk: Pick<Chunk, 'segment' | 'offset' | 'length'>, problem: string, cause?: unknown): TidemarkError {
  const { segment, offset, length } = chunk;
  return new TidemarkError('destination/object-damaged', `object ${segment} is damaged at byte ${offset}: ${problem}`, {
    context: { key: segment, offset, length },
    ...(cause === undefined ? {} : { cause }),
  });
}
