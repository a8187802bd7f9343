import { xxh3 } from '@node-rs/xxhash';

const modulus = 1n << 128n;
const lengthBytes = 4;

/**
 * The digest of a set of rows, format 1: the sum modulo 2^128 of xxh3-128 (seed 0) over each row's payload as it came
 * over the binary protocol, header byte included, length prefix not. A sum does not depend on the order of rows, so
 * chunks can be read in parallel and a copy can be compared whatever its physical order; it does count repeated rows.
 * Two reads of equal rows give equal payloads only when session and column order are the same (session.ts).
 * Another encoding of rows would be another format. `add` takes framed rows: u32 little-endian length, payload.
 */
export class RowDigest {
  rows = 0n;
  private sum = 0n;

  /** `frames` holds whole rows only. */
  add(frames: Buffer): void {
    let sum = 0n;
    let rows = 0;
    for (let at = 0; at < frames.length; rows++) {
      const start = at + lengthBytes;
      at = start + frames.readUInt32LE(at);
      sum += xxh3.xxh128(frames.subarray(start, at));
    }
    this.sum = (this.sum + sum) % modulus;
    this.rows += BigInt(rows);
  }

  merge(other: RowDigest): void {
    this.sum = (this.sum + other.sum) % modulus;
    this.rows += other.rows;
  }

  get hex(): string {
    return digestHex(this.sum);
  }
}

/** The digest of several disjoint sets together, out of theirs (32 hex digits each). */
export function combineDigests(digests: Iterable<string>): string {
  let sum = 0n;
  for (const digest of digests) sum = (sum + BigInt(`0x${digest}`)) % modulus;
  return digestHex(sum);
}

function digestHex(sum: bigint): string {
  return sum.toString(16).padStart(32, '0');
}
