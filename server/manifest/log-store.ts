import type { Clock } from '#server/base/clock.ts';
import { hasCode } from '#server/base/error.ts';
import type { Storage } from '#server/storage/contract.ts';
import { logSealKey, logSealsPrefix, logStreamKey, sequenceOf } from './log-keys.ts';
import {
  type LogSeal,
  type LogStream,
  logFormat,
  logSeal as sealSchema,
  logStreamFile as streamSchema,
} from './log-schema.ts';
import { damagedObject, parseObject } from './parse.ts';
import { checkSelfDigest, withSelfDigest } from './self-digest.ts';
import { sha256Of, storeObject } from './store.ts';

/** Says whose log a stream copies, once. Errors: `destination/object-damaged` where it says that it is another's. */
export async function openLogStream(storage: Storage, stream: LogStream, clock: Clock): Promise<void> {
  const key = logStreamKey(stream.id);
  const file = { format: logFormat, stream, createdAt: clock.now().toISOString() } as const;
  try {
    await storeObject(storage, key, file, streamSchema);
  } catch (error) {
    if (!hasCode(error, 'destination/object-exists')) throw error;
    const { stream: there } = parseObject(key, await storage.readAll(key), streamSchema);
    if (there.node === stream.node && there.cluster.id === stream.cluster.id) return;
    throw damagedObject(key, `it is the log of node ${there.node} of cluster ${there.cluster.name}`);
  }
}

/** Whose log a stream is. Errors: `destination/object-missing`, `destination/object-damaged`, `destination/newer-format`. */
export async function readLogStream(storage: Storage, streamId: string): Promise<LogStream> {
  const key = logStreamKey(streamId);
  return parseObject(key, await storage.readAll(key), streamSchema).stream;
}

/** The commit of a segment: before it there is none. Errors: `destination/object-exists` where another sealed it. */
export async function publishLogSeal(storage: Storage, seal: LogSeal): Promise<{ sha256: string }> {
  const { stream, sequence } = seal.summary;
  const key = logSealKey(stream.id, sequence);
  const { sha256 } = await storeObject(storage, key, seal, sealSchema, withSelfDigest);
  return { sha256 };
}

/** Errors: `destination/object-missing`, `destination/object-damaged`, `destination/newer-format`, naming the seal. */
export async function readLogSeal(
  storage: Storage,
  streamId: string,
  sequence: number,
): Promise<{ seal: LogSeal; sha256: string; bytes: number }> {
  const key = logSealKey(streamId, sequence);
  const bytes = await storage.readAll(key);
  const seal = parseObject(key, bytes, sealSchema);
  checkSelfDigest(key, bytes);
  if (seal.summary.sequence !== sequence)
    throw damagedObject(key, `it says that it is of segment ${seal.summary.sequence}`);
  return { seal, sha256: sha256Of(bytes), bytes: bytes.length };
}

/** Sequences of the segments of a stream, ascending. */
export async function listLogSeals(storage: Storage, streamId: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { key } of storage.list(logSealsPrefix(streamId))) {
    const sequence = sequenceOf(key);
    if (sequence !== null) found.push(sequence);
  }
  return found.sort((a, b) => a - b);
}
