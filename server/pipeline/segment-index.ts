import { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import type { Storage } from '#server/storage/contract.ts';
import {
  formatOf,
  headerBytes,
  type IndexedChunk,
  indexLengthOf,
  segmentFormat,
  trailerBytes,
} from './segment-format.ts';

const size = z.number().int().min(0);
const schema = z.object({
  format: z.literal(segmentFormat),
  chunks: z.array(z.object({ offset: size, length: size, rawBytes: size, sha256: z.string() })),
});

/**
 * The chunks a segment says it holds, from its own footer: for recovery without a manifest. Errors:
 * `destination/object-missing`, `destination/object-damaged`, `destination/newer-format`, each naming the segment.
 */
export async function readSegmentIndex(storage: Storage, key: string): Promise<IndexedChunk[]> {
  const stats = await storage.stat(key);
  if (!stats) throw new TidemarkError('destination/object-missing', `read ${key}: no such object`);
  const format = formatOf(await readAt(storage, key, 0, headerBytes));
  if (format === null) throw damaged(key, 'it does not begin like a segment');
  if (format > segmentFormat) {
    throw new TidemarkError(
      'destination/newer-format',
      `object ${key} has format ${format}, ${segmentFormat} is known`,
    );
  }
  const trailerAt = stats.bytes - trailerBytes;
  const length = trailerAt < headerBytes ? null : indexLengthOf(await readAt(storage, key, trailerAt, trailerBytes));
  if (length === null || length > trailerAt - headerBytes) throw damaged(key, 'it does not end like a segment');
  const index = await readAt(storage, key, trailerAt - length, length);
  try {
    return schema.parse(JSON.parse(index.toString())).chunks;
  } catch (cause) {
    throw damaged(key, 'its index cannot be read', cause);
  }
}

async function readAt(storage: Storage, key: string, offset: number, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of storage.read(key, { offset, length })) pieces.push(piece);
  return Buffer.concat(pieces);
}

function damaged(key: string, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError('destination/object-damaged', `object ${key} is damaged: ${problem}`, {
    context: { key },
    ...(cause === undefined ? {} : { cause }),
  });
}
