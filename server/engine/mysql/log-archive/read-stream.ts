import { promisify } from 'node:util';
import { type ZstdOptions, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import { TidemarkError } from '#server/base/error.ts';
import type { LogFrame } from '#server/manifest/log-schema.ts';
import { damagedObject } from '#server/manifest/parse.ts';
import type { Storage } from '#server/storage/contract.ts';

const decompress = promisify<Buffer, ZstdOptions, Buffer>(zstdDecompress);

/** Frames that lie closer than this are read at once: what lies between costs less than another request. */
const gapBytes = 128 * 1024;
/** One request, and what is held of it. */
const requestBytes = 8 * 1024 ** 2;
/** Below this a frame is decompressed where it is, in less time than the pool takes to answer. */
const smallBytes = 1 << 15;
/** Room left after the last byte spares zlib a second buffer of the same size. */
const spareBytes = 64;
/** Frames decompressed ahead of the caller: one for each core. */
const depth = 2;

/**
 * One stream of a segment, decompressed, frame by frame in order, with few requests: see logIndex for its frames. Every
 * frame given out has passed its own checksum. Errors: `destination/object-damaged`, `destination/object-missing`, both
 * naming the segment.
 */
export async function* readLogStream(
  storage: Storage,
  key: string,
  frames: readonly LogFrame[],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  for await (const [frame, rawBytes] of storedFrames(storage, key, frames, options)) {
    const raw = decompressed(key, frame, rawBytes);
    // Thrown when its turn comes; without this the process would end before that.
    raw.catch(() => {});
    ahead.push(raw);
    if (ahead.length > depth) yield await ahead.shift()!;
  }
  for (const raw of ahead) yield await raw;
}

async function* storedFrames(
  storage: Storage,
  key: string,
  frames: readonly LogFrame[],
  options: { signal?: AbortSignal },
): AsyncGenerator<[frame: Buffer, rawBytes: number]> {
  for (let first = 0; first < frames.length; ) {
    const begin = frames[first]![0];
    let last = first;
    while (last + 1 < frames.length && reaches(frames[last]!, frames[last + 1]!, begin)) last++;
    const end = frames[last]![0] + frames[last]![1];
    const bytes = await readRange(storage, key, begin, end - begin, options);
    for (const [offset, length, rawBytes] of frames.slice(first, last + 1)) {
      yield [bytes.subarray(offset - begin, offset - begin + length), rawBytes];
    }
    first = last + 1;
  }
}

function reaches([offset, length]: LogFrame, [next, nextLength]: LogFrame, begin: number): boolean {
  const gap = next - offset - length;
  return gap >= 0 && gap <= gapBytes && next + nextLength - begin <= requestBytes;
}

/** Errors: those of `Storage.read`. */
export async function readRange(
  storage: Storage,
  key: string,
  offset: number,
  length: number,
  options: { signal?: AbortSignal } = {},
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of storage.read(key, { offset, length }, options)) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

/** Errors: `destination/object-damaged` where the frame does not give exactly `rawBytes`. */
async function decompressed(key: string, frame: Buffer, rawBytes: number): Promise<Buffer> {
  const options = { chunkSize: Math.max(spareBytes, rawBytes + spareBytes), maxOutputLength: rawBytes + spareBytes };
  try {
    const raw = frame.length < smallBytes ? zstdDecompressSync(frame, options) : await decompress(frame, options);
    if (raw.length === rawBytes) return raw;
    throw new Error(`a frame holds ${raw.length} of the ${rawBytes} bytes recorded`);
  } catch (error) {
    if (error instanceof TidemarkError) throw error;
    throw damagedObject(key, (error as Error).message, error);
  }
}
