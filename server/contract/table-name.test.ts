import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTableName, parseTableName } from './table-name.ts';

test('any name survives being written and read', () => {
  const part = fc.string({ minLength: 1, unit: 'grapheme' });
  fc.assert(
    fc.property(part, part, part, (database, schema, table) => {
      const name = { database, schema, table };
      expect(parseTableName(formatTableName(name), 3)).toEqual(name);
    }),
  );
});

test('dots, quotes and spaces are quoted, plain names and $$ are not', () => {
  expect(formatTableName({ database: 'd', schema: 's', table: 'Fee "2026"' })).toBe('d.s."Fee ""2026"""');
  expect(formatTableName({ database: 'postgres_$$_public', schema: '', table: 't' })).toBe('postgres_$$_public.t');
});

test('a name with too few parts or an open quote is refused with the shape to write', () => {
  expect(() => parseTableName('t', 3)).toThrow(/is not a table name/);
  expect(() => parseTableName('a."b', 2)).toThrow(/stays open/);
});
