import { inflateRawSync, inflateSync } from 'node:zlib';
import { protocolError } from '../protocol/protocol-error.ts';

/** No event and no value of MariaDB holds more. */
const maxInflatedBytes = 1024 ** 3;

/**
 * What MariaDB compresses within an event: a byte 0x80 | algorithm << 4 | n, n bytes of big-endian length, then a zlib
 * stream that gives exactly so many bytes. Errors: `node/protocol` when it does not.
 */
export function inflateBody(bytes: Buffer, name: string): Buffer {
  const head = bytes.length > 0 ? bytes[0]! : 0;
  const lengthBytes = head & 0x07;
  if ((head & 0xf0) !== 0x80 || lengthBytes === 0 || lengthBytes > 4 || bytes.length <= lengthBytes) {
    throw protocolError(`${name}: 0x${head.toString(16)} begins no compressed body`);
  }
  const length = bytes.readUIntBE(1, lengthBytes);
  return inflateExactly(bytes.subarray(1 + lengthBytes), length, name);
}

/** Inflates a zlib stream, or with `raw` a bare deflate stream, of which the inflated length is known. */
export function inflateExactly(stream: Buffer, length: number, name: string, raw = false): Buffer {
  if (length > maxInflatedBytes) throw protocolError(`${name}: ${length} bytes are more than a server writes`);
  let inflated: Buffer;
  try {
    inflated = (raw ? inflateRawSync : inflateSync)(stream, { maxOutputLength: Math.max(length, 1) });
  } catch (cause) {
    throw Object.assign(protocolError(`${name}: its compressed stream is damaged`), { cause });
  }
  if (inflated.length === length) return inflated;
  throw protocolError(`${name}: ${inflated.length} bytes came out where ${length} were announced`);
}
