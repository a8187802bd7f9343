import { createHash } from 'node:crypto';
import type { LogIndex } from '#server/manifest/log-schema.ts';
import { damagedObject } from '#server/manifest/parse.ts';
import type { Storage } from '#server/storage/contract.ts';
import { binlogMagic } from '../binlog/file-events.ts';
import { replayLog } from './replay.ts';

/** Bytes of a file of a server. */
export interface FileBytes {
  readonly file: string;
  readonly position: number;
  /** Valid until the next. */
  readonly bytes: Buffer;
}

/**
 * The bytes that a segment was made from, as the files of the server have them. The last are given out only when length
 * and SHA-256 of all are those recorded, so that the iteration never ends normally on damage. Errors:
 * `destination/object-damaged`, `destination/object-missing`, naming the segment.
 */
export async function* rebuildLog(
  storage: Storage,
  key: string,
  index: LogIndex,
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<FileBytes> {
  const hash = createHash('sha256');
  let rawBytes = 0;
  let held: FileBytes | null = null;
  for await (const next of fileBytes(storage, key, index, options)) {
    if (held) yield held;
    hash.update(next.bytes);
    rawBytes += next.bytes.length;
    held = { ...next, bytes: Buffer.from(next.bytes) };
  }
  const { summary } = index;
  if (rawBytes !== summary.rawBytes) {
    throw damagedObject(key, `it gives ${rawBytes} of the ${summary.rawBytes} bytes recorded`);
  }
  if (hash.digest('hex') !== summary.rawSha256) throw damagedObject(key, 'what it gives is not what was archived');
  if (held) yield held;
}

async function* fileBytes(
  storage: Storage,
  key: string,
  index: LogIndex,
  options: { signal?: AbortSignal },
): AsyncGenerator<FileBytes> {
  let file = '';
  let position = 0;
  for await (const step of replayLog(storage, key, index, options)) {
    if (step.kind === 'file') {
      file = step.name;
      position = step.position;
      if (position > 0) continue;
      yield { file, position, bytes: binlogMagic };
      position = binlogMagic.length;
    } else if (step.kind === 'event' || step.kind === 'more') {
      yield { file, position, bytes: step.bytes };
      position += step.bytes.length;
    }
  }
}
