import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import { readFault } from './fault.ts';

const pieceBytes = 1 << 20;

/** The range in pieces of their own memory; a range that is not wholly there is damage, found before any byte is given. */
export async function* readFile(
  root: string,
  key: string,
  range?: { offset: number; length: number },
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  if (signal) throwIfStopped(signal);
  const handle = await openFile(root, key);
  try {
    const size = await sizeOf(handle, key);
    let at = range?.offset ?? 0;
    const end = range ? range.offset + range.length : size;
    if (end > size) throw truncated(key, `${end} bytes wanted, ${size} there`);
    while (at < end) {
      if (signal) throwIfStopped(signal);
      const piece = await readPiece(handle, key, at, Math.min(pieceBytes, end - at));
      if (piece.length === 0) throw truncated(key, `ends at ${at} of ${end} bytes`);
      at += piece.length;
      yield piece;
    }
  } finally {
    await handle.close();
  }
}

async function openFile(root: string, key: string): Promise<FileHandle> {
  try {
    return await open(join(root, key), 'r');
  } catch (error) {
    throw readFault(error, `read ${key}`);
  }
}

async function sizeOf(handle: FileHandle, key: string): Promise<number> {
  const stats = await handle.stat();
  if (stats.isFile()) return stats.size;
  throw new TidemarkError('destination/object-missing', `read ${key}: no such object`);
}

async function readPiece(handle: FileHandle, key: string, at: number, length: number): Promise<Buffer> {
  const piece = Buffer.allocUnsafeSlow(length);
  try {
    const { bytesRead } = await handle.read(piece, 0, length, at);
    return piece.subarray(0, bytesRead);
  } catch (error) {
    throw readFault(error, `read ${key}`);
  }
}

const truncated = (key: string, problem: string) =>
  new TidemarkError('destination/object-damaged', `object ${key} is truncated: ${problem}`, { context: { key } });
