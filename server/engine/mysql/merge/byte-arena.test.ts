import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BloomFilter } from './bloom-filter.ts';
import { ByteArena } from './byte-arena.ts';
import { keyHash } from './key-hash.ts';
import { KeyTable } from './key-table.ts';

const read = (arena: ByteArena, reference: number) => {
  const start = arena.startOf(reference);
  return arena.bufferOf(reference).subarray(start, start + arena.lengthOf(reference));
};
const sizes = fc.oneof(
  fc.integer({ min: 0, max: 100 }),
  fc.constantFrom(65_528, 65_536, 300_000, 4_194_296, 4_194_297, 9_000_000),
);

test('strings of any size come back, replaced, written down or after the arena was cleared', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 12 }), (steps) => {
      const arena = new ByteArena();
      for (let round = 0; round < 2; round++) {
        const known: [reference: number, bytes: Buffer][] = [];
        for (const [size, replaces] of steps) {
          const bytes = Buffer.alloc(size + 2, known.length + 1);
          const last = replaces ? known.pop() : undefined;
          const reference = last ? arena.replace(last[0], bytes, 1, size + 1) : arena.add(bytes, 1, size + 1);
          known.push([reference, bytes.subarray(1, size + 1)]);
        }
        const copy = ByteArena.of(arena.contents().map((block) => Buffer.from(block)));
        for (const [reference, bytes] of known) {
          expect(read(arena, reference).equals(bytes)).toBe(true);
          expect(read(copy, reference).equals(bytes)).toBe(true);
        }
        arena.clear();
        expect(arena.usedBytes).toBe(0);
      }
    }),
    { numRuns: 12 },
  );
});

const keysOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => {
    const key = Buffer.alloc(8 + (n % 5));
    key.writeUInt32LE(n + from, n % 5);
    return key;
  });
const hashOf = (key: Buffer) => keyHash(key, 0, key.length);

test('a key is found under its number and no other is, also when the table was written down', () => {
  const table = new KeyTable();
  const keys = keysOf(20_000);
  for (const key of keys) {
    table.addWithoutKey();
    table.add(hashOf(key), key, 0, key.length);
  }
  const [places, hashes] = table.columns();
  for (const each of [table, KeyTable.of(table.keys, places!, hashes!)]) {
    const find = (key: Buffer) => each.find(hashOf(key), key, 0, key.length);
    expect(keys.map(find)).toEqual(keys.map((_, n) => 2 * n + 1));
    expect(new Set(keysOf(1000, 50_000).map(find))).toEqual(new Set([-1]));
    // The same hash does not make it the same key.
    expect(each.find(hashOf(keys[0]!), keys[1]!, 0, keys[1]!.length)).toBe(-1);
  }
});

test('a filter never denies a key it was given, however small it was made, and seldom claims another', () => {
  const filter = new BloomFilter(20_000);
  const keys = keysOf(20_000);
  for (const key of keys) filter.add(hashOf(key));
  const wrong = keysOf(20_000, 1_000_000).filter((key) => filter.mayHold(hashOf(key)));
  expect(wrong.length).toBeLessThan(400);
  for (let bytes = filter.bytes; bytes > 1024; bytes /= 2) {
    expect(filter.bytes).toBe(bytes);
    expect(keys.every((key) => filter.mayHold(hashOf(key)))).toBe(true);
    filter.halve();
  }
});
