import { createHash } from 'node:crypto';
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Duplex, pipeline, type Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { TidemarkError } from '#server/base/error.ts';

/**
 * The digest of what is in a dump of mydumper, however its files are compressed: names and bytes of all files but
 * `metadata`, which tells the time. Dumps of the same rows, cut in the same way, have the same.
 */
export async function dumpDigest(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = readdirSync(folder).filter((name) => name !== 'metadata' && !/^metadata\./.test(name));
  for (const name of names.sort()) {
    hash.update(`${name.replace(/\.(gz|zst)$/, '')}\0`);
    for await (const some of contentOf(join(folder, name))) hash.update(some as Buffer);
  }
  return hash.digest('hex');
}

function contentOf(path: string): Readable {
  const bytes = createReadStream(path);
  if (path.endsWith('.gz')) return compose(bytes, createGunzip());
  return path.endsWith('.zst') ? compose(bytes, createZstdDecompress()) : bytes;
}

/** Reads through the decoder; a failure of either reaches the reader. */
function compose(bytes: Readable, decoder: Duplex): Readable {
  return pipeline(bytes, decoder, () => {});
}

/** Errors: `restore/not-equal`. */
export function refuseOtherDump(digest: string, wanted: string, what: string): void {
  if (digest === wanted) return;
  throw new TidemarkError('restore/not-equal', `the dump by ${what} holds other bytes than the uncompressed one`, {
    hint: 'No figure is told of dumps that are not equal.',
  });
}
