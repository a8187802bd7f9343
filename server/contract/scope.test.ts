import { expect, test } from 'vitest';
import { inScope, matchesGlob, scopeInput } from './scope.ts';

const account = { database: 'postgres', schema: 'public', table: 'transfer_account' };

test('an exclusion wins over everything that includes', () => {
  const scope = scopeInput.parse({ all: true, exclude: ['postgres.public.*'] });
  expect(inScope(scope, account)).toBe(false);
  expect(inScope(scope, { ...account, schema: 'acct' })).toBe(true);
});

test('a schema is named with its database, so the same schema elsewhere is not taken', () => {
  const scope = scopeInput.parse({ schemas: ['postgres.public'] });
  expect(inScope(scope, account)).toBe(true);
  expect(inScope(scope, { ...account, database: 'other' })).toBe(false);
});

test('a pattern matches the whole name and its special characters stand for themselves', () => {
  expect(matchesGlob('postgres.public.t*', 'postgres.public.transfer_account')).toBe(true);
  expect(matchesGlob('postgres.public.t', 'postgres.public.transfer_account')).toBe(false);
  expect(matchesGlob('a.b.c$$[x]?', 'a.b.c$$[x]y')).toBe(true);
  expect(matchesGlob('a.b.c', 'axbxc')).toBe(false);
});

test('an empty scope is refused', () => {
  expect(scopeInput.safeParse({}).success).toBe(false);
});
