/**
 * A segment, byte by byte (README.txt of a repository says the same to the world):
 *
 *     header   'TIDEMARK-SEG', u16le format, u16le flags (0)                             16 bytes
 *     chunks   each a run of zstd frames with content size and checksum; bytes between
 *              chunks that the index does not name belong to a chunk that was given up
 *     index    JSON { format, chunks: [{ offset, length, rawBytes, sha256 }] }
 *     trailer  u32le length of the index, 'TIDEMARK-END'                                 16 bytes
 */
export const segmentFormat = 1;
export const headerBytes = 16;
export const trailerBytes = 16;
const headerMagic = Buffer.from('TIDEMARK-SEG');
const trailerMagic = Buffer.from('TIDEMARK-END');

/** A reader may hold a whole frame in memory, whatever a damaged one claims. */
export const largestFrameBytes = 16 * 1024 ** 2;

export interface IndexedChunk {
  offset: number;
  length: number;
  rawBytes: number;
  sha256: string;
}

export function segmentHeader(): Buffer {
  const header = Buffer.alloc(headerBytes);
  headerMagic.copy(header);
  header.writeUInt16LE(segmentFormat, 12);
  return header;
}

export function segmentFooter(chunks: readonly IndexedChunk[]): Buffer {
  const index = Buffer.from(JSON.stringify({ format: segmentFormat, chunks }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(index.length);
  return Buffer.concat([index, length, trailerMagic]);
}

/** The format number, or null where this is no segment. */
export function formatOf(header: Buffer): number | null {
  if (header.length < headerBytes || !header.subarray(0, 12).equals(headerMagic)) return null;
  return header.readUInt16LE(12);
}

/** The length of the index before the trailer, or null where this is no trailer. */
export function indexLengthOf(trailer: Buffer): number | null {
  if (trailer.length !== trailerBytes || !trailer.subarray(4).equals(trailerMagic)) return null;
  return trailer.readUInt32LE(0);
}
