const magic = 0xfd2fb528;
const dictionaryBytes = [0, 1, 2, 4];
const sizeBytes = [1, 2, 4, 8];

/** Bytes that are no frame of ours. */
export class FrameError extends Error {}

/**
 * Measures the zstd frame that begins at `start` (RFC 8878) by walking its blocks, without decoding them: its length
 * in bytes and that of its content. Null where it is not wholly there yet. Frames without content size or checksum
 * are refused: we never write them.
 */
export function measureFrame(bytes: Buffer, start: number): { length: number; contentBytes: number } | null {
  if (bytes.length - start < 5) return null;
  if (bytes.readUInt32LE(start) !== magic) throw new FrameError('no zstd frame begins here');
  const descriptor = bytes[start + 4]!;
  const singleSegment = (descriptor & 0x20) !== 0;
  if (descriptor & 0x08) throw new FrameError('a reserved bit of a zstd frame is set');
  if ((descriptor & 0x04) === 0) throw new FrameError('a zstd frame has no checksum');
  const sizeCode = descriptor >> 6;
  if (sizeCode === 0 && !singleSegment) throw new FrameError('a zstd frame does not state its size');
  const sizeAt = start + 5 + (singleSegment ? 0 : 1) + dictionaryBytes[descriptor & 3]!;
  let at = sizeAt + sizeBytes[sizeCode]!;
  if (at > bytes.length) return null;
  const contentBytes = contentSize(bytes, sizeAt, sizeCode);
  for (let last = false; !last; ) {
    if (at + 3 > bytes.length) return null;
    const block = bytes.readUIntLE(at, 3);
    const kind = (block >> 1) & 3;
    if (kind === 3) throw new FrameError('a zstd block has a reserved type');
    last = (block & 1) === 1;
    at += 3 + (kind === 1 ? 1 : block >> 3);
  }
  at += 4;
  return at > bytes.length ? null : { length: at - start, contentBytes };
}

function contentSize(bytes: Buffer, at: number, code: number): number {
  if (code === 0) return bytes[at]!;
  if (code === 1) return bytes.readUInt16LE(at) + 256;
  if (code === 2) return bytes.readUInt32LE(at);
  return Number(bytes.readBigUInt64LE(at));
}
