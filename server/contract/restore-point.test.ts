import { expect, test } from 'vitest';
import { parseTransaction, restorePoint } from './restore-point.ts';

test.each([
  ['0-1-42', { kind: 'gtid', node: null, gtid: '0-1-42' }],
  ['s1:0-1-42', { kind: 'gtid', node: 's1', gtid: '0-1-42' }],
  ['127.0.0.1:3306:7-12-9', { kind: 'gtid', node: '127.0.0.1:3306', gtid: '7-12-9' }],
  ['xa:1-1795167737-1415', { kind: 'xa', gtrid: '312d313739353136373733372d31343135' }],
  ['xa:0x00FF', { kind: 'xa', gtrid: '00ff' }],
])('%s names a transaction', (text, name) => {
  expect(parseTransaction(text)).toEqual(name);
});

test.each(['', '42', '0-1', 'xa:', ':0-1-42', '0-1-42 '])('"%s" names no transaction', (text) => {
  expect(parseTransaction(text)).toBeNull();
  expect(restorePoint.safeParse({ kind: 'before', transaction: text }).success).toBe(false);
});

test('an instant without an offset is no restore point', () => {
  expect(restorePoint.safeParse({ kind: 'instant', at: '2026-11-20T10:15:00+01:00' }).success).toBe(true);
  expect(restorePoint.safeParse({ kind: 'instant', at: '2026-11-20T10:15:00' }).success).toBe(false);
});
