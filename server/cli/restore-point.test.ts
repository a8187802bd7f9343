import { expect, test } from 'vitest';
import { parseInstant, restorePointOf } from './restore-point.ts';

test.each(['2026-11-20T10:15:00.5Z', '2026-11-20T11:15:00+01:00', '2026-11-20T10:15:00.123456Z'])(
  'takes %s as it is',
  (text) => {
    expect(parseInstant('--at', text)).toBe(text);
  },
);

test.each(['2026-11-20T10:15:00', '2026-11-20 10:15:00', '2026-11-20T10:15'])(
  '%s has no offset: refused, with the two ways to write it',
  (text) => {
    expect(() => parseInstant('--at', text)).toThrow(
      expect.objectContaining({
        code: 'input/instant-without-offset',
        hint: expect.stringMatching(/2026-11-20T10:15:00Z.*2026-11-20T10:15:00\+01:00/),
      }),
    );
  },
);

test.each(['yesterday', '2026-11-20', '2026-11-20 10:15:00Z', '2026-13-40T10:15:00Z', ''])(
  '"%s" is no instant',
  (text) => {
    expect(() => parseInstant('--at', text)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
  },
);

test('exactly one restore point is given', () => {
  expect(restorePointOf({ backup: '01k' })).toEqual({ kind: 'backup', backupId: '01k' });
  expect(restorePointOf({ beforeTx: '0-1-5' })).toEqual({ kind: 'before', transaction: '0-1-5' });
  expect(restorePointOf({ afterTx: 's1:0-1-5' })).toEqual({ kind: 'after', transaction: 's1:0-1-5' });
  expect(restorePointOf({ at: 'latest' })).toEqual({ kind: 'latest' });
  expect(() => restorePointOf({ beforeTx: '42' })).toThrow(/names no transaction/);
  expect(() => restorePointOf({})).toThrow(/no restore point/);
  expect(() => restorePointOf({ backup: '01k', at: '2026-11-20T10:15:00Z' })).toThrow(/more than one/);
});
