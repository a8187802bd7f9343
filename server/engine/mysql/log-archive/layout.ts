import { crc32 } from 'node:zlib';

/**
 * A segment of a log archive, byte by byte (README.txt of a repository says the same to the world). All integers are
 * little-endian.
 *
 *     header   'TIDEMARK-LOG', u16 format, u16 0                                          16 bytes
 *     blocks   each u32 stream, u32 stored bytes, u32 raw bytes, u32 CRC-32 of those 12; then one zstd frame
 *              stream 0: the header stream; 1 and up: the bodies of one table's row events; 2^32 - 1: the index
 *     trailer  u32 stored bytes of the index, 'TIDEMARK-END'                              16 bytes
 *
 * Frames of one stream, decompressed and joined in order, are that stream. The header stream is a run of records, each
 * one byte of tag and what recordTag says.
 */
export const segmentHeaderBytes = 16;
export const blockHeadBytes = 16;
export const trailerBytes = 16;
export const indexStream = 0xffffffff;

const format = 1;
const headerMagic = Buffer.from('TIDEMARK-LOG');
const trailerMagic = Buffer.from('TIDEMARK-END');

export const recordTag = {
  /** An event that is no row event: its bytes, without its checksum. */
  event: 1,
  /** A row event: u32 stream, u16 n, its first n bytes; the rest, without its checksum, is next in that stream. */
  rows: 2,
  /** What comes next lies in a file: u64 position, u16 n, name. Position 0: the four bytes that begin a file are next. */
  file: 3,
  /** u64 milliseconds since 1970: when what comes next came to us. */
  received: 4,
  /** u32 n, an event that lies before this segment and is needed to read it; it is none of the segment's bytes. */
  context: 5,
  /** u32 stream, u16 n, database, u16 m, table: whose rows a stream holds; before the first of them. */
  table: 6,
} as const;

export function segmentHeader(): Buffer {
  const header = Buffer.alloc(segmentHeaderBytes);
  headerMagic.copy(header);
  header.writeUInt16LE(format, headerMagic.length);
  return header;
}

/** null: this begins no segment. */
export function formatOf(header: Buffer): number | null {
  if (header.length < segmentHeaderBytes || !header.subarray(0, headerMagic.length).equals(headerMagic)) return null;
  return header.readUInt16LE(headerMagic.length);
}

export function blockHead(stream: number, storedBytes: number, rawBytes: number): Buffer {
  const head = Buffer.alloc(blockHeadBytes);
  head.writeUInt32LE(stream, 0);
  head.writeUInt32LE(storedBytes, 4);
  head.writeUInt32LE(rawBytes, 8);
  head.writeUInt32LE(crc32(head.subarray(0, 12)), 12);
  return head;
}

export function segmentTrailer(indexBytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(indexBytes);
  return Buffer.concat([length, trailerMagic]);
}

/** Stored bytes of the index, or null where this ends no segment. */
export function indexBytesOf(trailer: Buffer): number | null {
  if (trailer.length !== trailerBytes || !trailer.subarray(4).equals(trailerMagic)) return null;
  return trailer.readUInt32LE(0);
}
