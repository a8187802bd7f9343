import { expect, test } from 'vitest';
import { shortNames } from '#components/format/table-names.ts';

const shortened = (...names: string[]) => [...shortNames(names).values()];

test('what all names share is left out, the table itself never', () => {
  expect(shortened('db.public.a', 'db.public.b')).toEqual(['a', 'b']);
  expect(shortened('db.public.a', 'db.acct.a')).toEqual(['public.a', 'acct.a']);
  expect(shortened('db.public.a')).toEqual(['a']);
});

test('no names are no names, not a search without end', () => {
  expect(shortened()).toEqual([]);
});

test('quotes stay where a name needs them', () => {
  expect(shortened('db.public."Fee ""2026"""', 'db.public."a.b"')).toEqual(['"Fee ""2026"""', '"a.b"']);
});
