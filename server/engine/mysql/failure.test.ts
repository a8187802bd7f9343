import { expect, test } from 'vitest';
import { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { mysqlErrno } from './errno.ts';
import { lossFailure, refusalFailure } from './failure.ts';
import { Refusal } from './protocol/result.ts';

const access: MysqlAccess = {
  node: 'shard_1',
  host: '127.0.0.1',
  port: 3306,
  user: 'u',
  password: 'hunter2-hunter2',
  tls: { mode: 'disable' },
};
const refusal = (errno: number) => new Refusal({ errno, sqlState: 'HY000', message: 'The server says so.' });

test.each([
  [1044, 'node/missing-privilege'],
  [1142, 'node/missing-privilege'],
  [1227, 'node/missing-privilege'],
  [1370, 'node/missing-privilege'],
  [1927, 'node/connection-lost'],
  [1146, 'node/query-failed'],
] as const)('error %i at work is %s and keeps its number', (errno, code) => {
  const failure = refusalFailure(refusal(errno), 'shard_1', 'open', 'SELECT 1');
  expect(failure).toMatchObject({
    code,
    context: { errno, sqlState: 'HY000', node: 'shard_1', statement: 'SELECT 1' },
  });
  expect(failure.message).toBe('statement refused by node shard_1: The server says so');
  expect(mysqlErrno(failure)).toBe(errno);
  expect(mysqlErrno(new Error('outer', { cause: failure }))).toBe(errno);
});

test.each([
  [1045, 'node/access-denied'],
  [1698, 'node/access-denied'],
  [1130, 'node/access-denied'],
  [1040, 'node/unreachable'],
  [3159, 'node/tls'],
] as const)('error %i at login is %s', (errno, code) => {
  expect(refusalFailure(refusal(errno), 'shard_1', 'connecting').code).toBe(code);
});

test('a statement is kept to 200 characters', () => {
  const failure = refusalFailure(refusal(1064), 'shard_1', 'open', 'x'.repeat(5000));
  expect(failure.context.statement).toHaveLength(200);
});

test('what a break means depends on how far the connection had come', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  const alert = Object.assign(new Error('certificate required'), { code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' });
  expect(lossFailure(access, 'connecting', reset).code).toBe('node/unreachable');
  expect(lossFailure(access, 'securing', reset).code).toBe('node/tls');
  expect(lossFailure(access, 'open', reset).code).toBe('node/connection-lost');
  expect(lossFailure(access, 'connecting', alert).code).toBe('node/tls');
});

test('a password is in no failure', () => {
  const failures = [
    lossFailure(access, 'open', new Error('x')),
    refusalFailure(refusal(1045), access.node, 'connecting'),
  ];
  for (const failure of failures) {
    const shown = JSON.stringify([failure.message, failure.hint, failure.context, String(failure.cause)]);
    expect(shown).not.toContain('hunter2');
  }
});

test('a failure no server named has no number', () => {
  expect(mysqlErrno(new TidemarkError('node/unreachable', 'x'))).toBe(undefined);
  expect(mysqlErrno('text')).toBe(undefined);
});
