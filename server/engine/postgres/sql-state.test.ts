import pg from 'pg';
import { expect, test } from 'vitest';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.ts';
import { namedPostgresError, postgresSqlState } from './sql-state.ts';

function serverError(sqlState: string): Error {
  const error = new pg.DatabaseError('said no', 0, 'error');
  return Object.assign(error, { code: sqlState, severity: 'ERROR', detail: 'Key (card)=(4111) exists.' });
}
const codeOf = (sqlState: string, phase: 'connecting' | 'open') =>
  namedPostgresError('computing', serverError(sqlState), phase).code;

test('what the server refuses gets our name for it', () => {
  expect(codeOf('28P01', 'connecting')).toBe('node/access-denied');
  expect(codeOf('28000', 'connecting')).toBe('node/access-denied');
  expect(codeOf('57P03', 'connecting')).toBe('node/unreachable');
  expect(codeOf('3D000', 'connecting')).toBe('node/query-failed');
  expect(codeOf('42501', 'open')).toBe('node/missing-privilege');
  expect(codeOf('57P01', 'open')).toBe('node/connection-lost');
  expect(codeOf('42P01', 'open')).toBe('node/query-failed');
});

test('an error carries node and SQLSTATE and none of the rows the server quotes', () => {
  const error = namedPostgresError('computing', serverError('23505'), 'open');
  expect(error.context).toEqual({ node: 'computing', sqlState: '23505' });
  expect(error.message).not.toContain('4111');
  expect(postgresSqlState(new Error('outer', { cause: error }))).toBe('23505');
  expect(postgresSqlState(new Error('no server'))).toBeUndefined();
});

test('names and text are quoted so that nothing in them is read as SQL', () => {
  expect(quoteIdentifier('Fee "2026"')).toBe('"Fee ""2026"""');
  expect(quoteQualified('a.b', '$$')).toBe('"a.b"."$$"');
  expect(quoteLiteral("o'neil\\")).toBe(" E'o''neil\\\\'");
});
