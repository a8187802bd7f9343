import { expect, test } from 'vitest';
import { scopeOf } from './scope.ts';

const bank = { kind: 'fdw', address: { database: 'postgres' } } as const;
const shop = { kind: 'mysql', address: { database: '' } } as const;

test('tables, schemas, databases and patterns can be mixed; names lose needless quotes', () => {
  const scope = scopeOf(
    { table: ['"postgres".public.t', 'postgres.public.t'], schema: ['public', 'postgres."a.b"'], like: ['*.x'] },
    bank,
  );
  expect(scope).toMatchObject({
    all: false,
    tables: ['postgres.public.t'],
    schemas: ['postgres.public', 'postgres."a.b"'],
    patterns: ['*.x'],
  });
});

test.each([
  ['nothing chosen', {}, bank, /nothing to back up/],
  ['only an exclusion', { exclude: ['*'] }, bank, /nothing to back up/],
  ['a table name of another kind', { table: ['public.t'] }, bank, /not a table name/],
  ['a schema where there are none', { schema: ['public'] }, shop, /no schemas/],
  ['a schema of three parts', { schema: ['a.b.c'] }, bank, /not a schema/],
])('refuses %s', (_, options, cluster, message) => {
  expect(() => scopeOf(options, cluster)).toThrow(message);
});
