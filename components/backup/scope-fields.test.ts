import { expect, test } from 'vitest';
import { isEmptyScope, type ScopeFields, schemaName, scopeOf } from '#components/backup/scope-fields.ts';
import { inScope } from '#server/contract/scope.ts';

const fields: ScopeFields = {
  mode: 'all',
  schemas: new Set(['postgres.public']),
  tables: new Set(['postgres.acct.ledger']),
  patterns: ' *.t_* \n\n*.u ',
  exclude: '*.old',
};

test('what was picked in another mode is not backed up', () => {
  const scope = scopeOf({ ...fields, mode: 'tables' }, true);
  expect(scope).toMatchObject({ all: false, schemas: [], patterns: [], exclude: [], tables: ['postgres.acct.ledger'] });
});

test('patterns are one a line, blank lines are none', () => {
  expect(scopeOf({ ...fields, mode: 'patterns' }, true).patterns).toEqual(['*.t_*', '*.u']);
  expect(isEmptyScope(scopeOf({ ...fields, mode: 'patterns', patterns: ' \n' }, true))).toBe(true);
});

test('a picked schema takes its tables and no others, odd names included', () => {
  const odd = { database: 'a.b', schema: 'public' };
  const scope = scopeOf({ ...fields, mode: 'schemas', exclude: '', schemas: new Set([schemaName(odd)]) }, true);
  expect(inScope(scope, { ...odd, table: 't' })).toBe(true);
  expect(inScope(scope, { database: 'a', schema: 'b', table: 't' })).toBe(false);
});

test('where there are no schemas databases are picked', () => {
  const scope = scopeOf(
    { ...fields, mode: 'schemas', schemas: new Set([schemaName({ database: 'shop', schema: '' })]) },
    false,
  );
  expect(scope.databases).toEqual(['shop']);
});
