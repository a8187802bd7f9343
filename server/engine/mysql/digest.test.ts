import { randomBytes } from 'node:crypto';
import { xxh3 } from '@node-rs/xxhash';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { windowBytes } from './digest/add-rows.ts';
import { combineDigests, RowDigest } from './digest.ts';

const lengthOf = ({ length }: { length: number }) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
};
const frame = (payload: string) => Buffer.concat([lengthOf(Buffer.from(payload)), Buffer.from(payload)]);
const digestOf = (...rows: string[]) => {
  const digest = new RowDigest();
  digest.add(Buffer.concat(rows.map(frame)));
  return digest;
};

test('the digest of one row is the published xxh3-128 of its payload', () => {
  // The XXH128 test vector for no input, seed 0.
  expect(digestOf('').hex).toBe('99aa06d3014798d86001c324468d497f');
});

test('no rows digest to zero, and order does not matter', () => {
  expect(digestOf().hex).toBe('0'.repeat(32));
  expect(digestOf('a', 'b', 'c').hex).toBe(digestOf('c', 'a', 'b').hex);
  expect(digestOf('a', 'b').rows).toBe(2n);
});

test('a row that is there twice, or moved between neighbours, changes the digest', () => {
  expect(digestOf('a', 'a', 'b').hex).not.toBe(digestOf('a', 'b', 'b').hex);
  expect(digestOf('ab', 'c').hex).not.toBe(digestOf('a', 'bc').hex);
});

test('digests of parts combine to the digest of the whole', () => {
  const whole = digestOf('a', 'b', 'c', 'd');
  const left = digestOf('a', 'b');
  expect(combineDigests([left.hex, digestOf('c', 'd').hex])).toBe(whole.hex);
  left.merge(digestOf('c', 'd'));
  expect(left.hex).toBe(whole.hex);
  expect(left.rows).toBe(4n);
});

/** What every release of ours has called the digest of rows, by another's implementation of the hash. */
function expected(payloads: readonly Buffer[]): string {
  const sum = payloads.reduce((sum, payload) => sum + xxh3.xxh128(payload), 0n);
  return (sum % (1n << 128n)).toString(16).padStart(32, '0');
}

function digestOfBytes(payloads: readonly Buffer[]): RowDigest {
  const digest = new RowDigest();
  digest.add(Buffer.concat(payloads.flatMap((payload) => [lengthOf(payload), payload])));
  return digest;
}

test('rows of every length up to 1,100 bytes hash as xxh3-128 says', () => {
  const bytes = randomBytes(1_100);
  for (let length = 0; length <= bytes.length; length++) {
    const payload = bytes.subarray(bytes.length - length);
    expect(digestOfBytes([payload]).hex, `${length} bytes`).toBe(expected([payload]));
  }
});

test('rows of any lengths, long ones among short ones, hash as xxh3-128 says', () => {
  const short = fc.integer({ min: 0, max: 5_000 });
  const length = fc.oneof(
    { weight: 20, arbitrary: short },
    { weight: 3, arbitrary: fc.integer({ min: windowBytes - 70, max: windowBytes + 70 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 3_000_000 }) },
  );
  const bytes = randomBytes(3_100_000);
  fc.assert(
    fc.property(fc.array(length, { maxLength: 120 }), fc.integer({ min: 0, max: 100_000 }), (lengths, from) => {
      const payloads = lengths.map((length, n) => bytes.subarray(from + n, from + n + length));
      const digest = digestOfBytes(payloads);
      expect(digest.rows).toBe(BigInt(payloads.length));
      expect(digest.hex).toBe(expected(payloads));
    }),
    { numRuns: 60 },
  );
});

test('a row that is not wholly there is refused, whatever is missing', () => {
  const whole = frame('whole');
  for (const part of [frame('part').subarray(0, 3), frame('part').subarray(0, 7), lengthOf({ length: 2_000_000 })]) {
    expect(() => new RowDigest().add(Buffer.concat([whole, part]))).toThrow('part of a row');
  }
});
