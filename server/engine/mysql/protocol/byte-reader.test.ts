import { expect, test } from 'vitest';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { lenencInt } from './test-encoder.ts';

const protocol = expect.objectContaining({ code: 'node/protocol' });

test.each([0n, 250n, 251n, 65_535n, 65_536n, 16_777_215n, 16_777_216n, 2n ** 64n - 1n])(
  'a length-encoded %s is read whole',
  (value) => {
    const reader = new ByteReader(lenencInt(value), 'test');
    expect(reader.lenenc()).toBe(value);
    reader.end();
  },
);

test.each([0, 250, 251, 65_535, 65_536, 16_777_215, 16_777_216])('a length of %s is written as it is read', (value) => {
  expect(new ByteWriter().lenenc(value).done()).toEqual(lenencInt(value));
});

test('reading past the end is an error, never a wrong value', () => {
  const reader = new ByteReader(Buffer.of(1, 2, 3), 'test');
  expect(() => reader.u32()).toThrow(protocol);
  expect(() => reader.view(4)).toThrow(protocol);
  expect(() => reader.zeroText()).toThrow(protocol);
  expect(reader.u24()).toBe(0x030201);
  expect(() => reader.u8()).toThrow(protocol);
});

test('a length past the end of the message is an error', () => {
  expect(() => new ByteReader(Buffer.of(5, 1, 2), 'test').lenencView()).toThrow(protocol);
  expect(() => new ByteReader(lenencInt(2n ** 63n), 'test').lenencView()).toThrow(protocol);
});

test('leftovers are an error', () => {
  const reader = new ByteReader(Buffer.of(1, 2), 'test');
  reader.u8();
  expect(() => reader.end()).toThrow(protocol);
});

test('a null mark is not taken for a length', () => {
  expect(() => new ByteReader(Buffer.of(0xfb), 'test').lenenc()).toThrow(protocol);
});

test('a message that outgrows its first buffer keeps every field', () => {
  const written = new ByteWriter(1)
    .u8(1)
    .u16(0x0302)
    .u32(0x07060504)
    .u64(0x0f0e0d0c0b0a0908n)
    .raw(Buffer.of(16, 17))
    .zeroText('é')
    .zeros(2)
    .f64(0.5)
    .done();
  const numbers = Buffer.from(Array.from({ length: 17 }, (_, i) => i + 1));
  expect(written).toEqual(Buffer.concat([numbers, Buffer.from('é\0\0\0'), Buffer.of(0, 0, 0, 0, 0, 0, 0xe0, 0x3f)]));
});
