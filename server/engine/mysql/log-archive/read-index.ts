import { zstdDecompressSync } from 'node:zlib';
import { z } from 'zod';
import { TidemarkError } from '#server/base/error.ts';
import { type LogIndex, logIndex as schema } from '#server/manifest/log-schema.ts';
import { damagedObject, parseObject } from '#server/manifest/parse.ts';
import { sha256Of } from '#server/manifest/store.ts';
import type { Storage } from '#server/storage/contract.ts';
import { formatOf, indexBytesOf, segmentHeaderBytes, trailerBytes } from './layout.ts';
import { readRange } from './read-stream.ts';

/** To look for tables by name; what else is said of them is looked at afterwards. */
const namedTables = schema.extend({ tables: z.array(z.looseObject({ database: z.string(), table: z.string() })) });

/** An index of 20,000 tables stays far below. */
const mostRawBytes = 1024 ** 3;

/** Where an index lies, as a seal says. */
export interface IndexPlace {
  readonly offset: number;
  readonly length: number;
  readonly sha256: string;
}

/**
 * The table index of a segment: at the place its seal names, in one request and checked against its digest, or, without
 * `place`, by the end of the object, as for pieces of the tail. `only`: other tables are left out, and not checked, which
 * is most of the work where there are many. Errors: `destination/object-missing`,
 * `destination/object-damaged`, `destination/newer-format`, each naming the segment.
 */
export async function readLogIndex(
  storage: Storage,
  key: string,
  place?: IndexPlace,
  options: { signal?: AbortSignal; only?: (table: { database: string; table: string }) => boolean } = {},
): Promise<LogIndex> {
  const { offset, length, sha256 } = place ?? (await findIndex(storage, key, options));
  const frame = await readRange(storage, key, offset, length, options);
  if (sha256 !== undefined && sha256Of(frame) !== sha256) {
    throw damagedObject(key, 'the SHA-256 of its index is not the one that was sealed');
  }
  let json: Buffer;
  try {
    json = zstdDecompressSync(frame, { maxOutputLength: mostRawBytes });
  } catch (cause) {
    throw damagedObject(key, 'its index cannot be decompressed', cause);
  }
  if (!options.only) return parseObject(key, json, schema);
  const { tables, ...rest } = parseObject(key, json, namedTables);
  const own = schema.shape.tables.safeParse(tables.filter(options.only));
  if (!own.success) throw damagedObject(key, 'what its index says of a table is not whole', own.error);
  return { ...rest, tables: own.data };
}

async function findIndex(storage: Storage, key: string, options: { signal?: AbortSignal }) {
  const stats = await storage.stat(key);
  if (!stats) throw new TidemarkError('destination/object-missing', `read ${key}: no such object`);
  const trailerAt = stats.bytes - trailerBytes;
  if (trailerAt < segmentHeaderBytes) throw damagedObject(key, 'it is too short to be a log segment');
  const header = await readRange(storage, key, 0, segmentHeaderBytes, options);
  if (formatOf(header) === null) throw damagedObject(key, 'it does not begin like a log segment');
  const length = indexBytesOf(await readRange(storage, key, trailerAt, trailerBytes, options));
  if (length === null || length > trailerAt - segmentHeaderBytes) {
    throw damagedObject(key, 'it does not end like a log segment');
  }
  return { offset: trailerAt - length, length, sha256: undefined };
}
