import { xxh3 } from '@node-rs/xxhash';
import { TidemarkError } from '#server/base/error.ts';
import { addRows, windowBytes } from './digest/add-rows.ts';

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
  /** No row is longer. Short ones are not measured one by one: they count as what is hashed at once. */
  longestBytes = 0;
  private sum = 0n;

  /** One whose rows were added elsewhere. */
  static of({ rows, sum, longestBytes }: RowDigest['value']): RowDigest {
    const digest = new RowDigest();
    digest.rows = rows;
    digest.longestBytes = longestBytes;
    digest.sum = sum;
    return digest;
  }

  /** `frames` holds whole rows only. Errors: `internal/unexpected` when it does not. */
  add(frames: Buffer): void {
    for (let at = 0; at < frames.length; ) {
      const { rows, sum, end } = addRows(frames, at);
      this.sum = (this.sum + sum) % modulus;
      this.rows += BigInt(rows);
      if (rows > 0) this.longestBytes = Math.max(this.longestBytes, Math.min(windowBytes, end - at));
      at = end < frames.length ? this.addLong(frames, end) : end;
    }
  }

  /** One row that is too long to be hashed among others. Returns where the next one begins. */
  private addLong(frames: Buffer, at: number): number {
    const start = at + lengthBytes;
    const end = start <= frames.length ? start + frames.readUInt32LE(at) : start;
    if (end > frames.length || end - at <= windowBytes) {
      throw new TidemarkError('internal/unexpected', 'a row digest was given a part of a row');
    }
    this.sum = (this.sum + xxh3.xxh128(frames.subarray(start, end))) % modulus;
    this.rows++;
    this.longestBytes = Math.max(this.longestBytes, end - start);
    return end;
  }

  merge(other: RowDigest): void {
    this.sum = (this.sum + other.sum) % modulus;
    this.rows += other.rows;
    this.longestBytes = Math.max(this.longestBytes, other.longestBytes);
  }

  /** To be carried to another thread. */
  get value(): { rows: bigint; sum: bigint; longestBytes: number } {
    return { rows: this.rows, sum: this.sum, longestBytes: this.longestBytes };
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
