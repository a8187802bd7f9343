import { expect, test } from 'vitest';
import { charsetOf } from './charset.ts';
import { charsetEncoder } from './charset-encoder.ts';

const hex = (charset: string | undefined, text: string) => charsetEncoder(charset)(text)?.toString('hex');

test('text becomes the bytes of its character set', () => {
  expect(hex('utf8mb4', 'é😀')).toBe('c3a9f09f9880');
  expect(hex('latin1', 'é€')).toBe('e980');
  expect(hex('utf16', 'é😀')).toBe('00e9d83dde00');
  expect(hex('utf16le', 'é')).toBe('e900');
  expect(hex('ucs2', '中')).toBe('4e2d');
  expect(hex('utf32', 'é😀')).toBe('000000e90001f600');
  expect(hex('gbk', 'a中')).toBe('61d6d0');
  expect(hex('sjis', '表')).toBe('955c');
  expect(hex('cp1251', 'да')).toBe('e4e0');
});

test('what is not certain is not encoded', () => {
  expect(hex('latin1', '中')).toBeUndefined();
  expect(hex('cp850', 'é')).toBeUndefined();
  expect(hex('cp850', 'e')).toBe('65');
  expect(hex('binary', 'é')).toBeUndefined();
  expect(hex('swe7', '[')).toBeUndefined();
  expect(hex(undefined, 'a')).toBeUndefined();
});

test('a collation belongs to one character set, by its id', () => {
  expect([8, 63, 45, 224, 2304, 28, 0xb21].map(charsetOf)).toEqual([
    'latin1',
    'binary',
    'utf8mb4',
    'utf8mb4',
    'utf8mb4',
    'gbk',
    'utf16',
  ]);
  expect(charsetOf(9999)).toBeUndefined();
});
