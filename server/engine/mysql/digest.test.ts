import { expect, test } from 'vitest';
import { combineDigests, RowDigest } from './digest.ts';

const frame = (payload: string) => {
  const bytes = Buffer.from(payload);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
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
