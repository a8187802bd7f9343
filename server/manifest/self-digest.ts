import { damagedObject } from './parse.ts';
import { sha256Of } from './store.ts';

/**
 * A manifest names the digest of everything else, and nothing names its own: so it ends with it. The last lines of the
 * file are fixed in length, `,\n "sha256": "<64 hex>"\n}\n`, and the digest is of all bytes before them. Without this, a
 * flipped bit that leaves good JSON (a row count, a name) would go unnoticed.
 */
const opening = ',\n "sha256": "';
const closing = '"\n}\n';
const tailBytes = opening.length + 64 + closing.length;

/** An indented JSON object, as text, with its digest as last member. */
export function withSelfDigest(json: string): Buffer {
  if (!json.endsWith('\n}')) throw new Error('only an indented JSON object can carry its digest');
  const body = Buffer.from(json.slice(0, -2));
  return Buffer.concat([body, Buffer.from(`${opening}${sha256Of(body)}${closing}`)]);
}

/** Errors: `destination/object-damaged` naming the key, when any byte is not the one that was written. */
export function checkSelfDigest(key: string, bytes: Buffer): void {
  const body = bytes.subarray(0, Math.max(0, bytes.length - tailBytes));
  const tail = bytes.toString('latin1', body.length);
  if (tail !== `${opening}${sha256Of(body)}${closing}`) {
    throw damagedObject(key, 'its SHA-256 is not the one it ends with');
  }
}
