import { expect, test } from 'vitest';
import { chooseTables, readNames, splitMapping } from './table-choice.ts';

const three = { source: 3, target: 3 } as const;
const files = (texts: Record<string, string>) => (path: string) => texts[path]!;

test.each([
  ['postgres.public.t', 'postgres.public.t', null],
  ['postgres.public.t=postgres.public.t2', 'postgres.public.t', 'postgres.public.t2'],
  ['postgres.public."a=b"=postgres.public.c', 'postgres.public."a=b"', 'postgres.public.c'],
  ['postgres.public."a""=b"=postgres.public."c=d"', 'postgres.public."a""=b"', 'postgres.public."c=d"'],
  ['"a.b"."c="."="="x=".y.z', '"a.b"."c="."="', '"x=".y.z'],
  // A quote in the middle of a part opens nothing.
  ['p.s.a"b=p.s.c', 'p.s.a"b', 'p.s.c'],
])('cuts %s at the = between two names', (text, source, target) => {
  expect(splitMapping(text)).toEqual({ source, target });
});

test.each(['=p.s.t', 'p.s.t='])('refuses %s, which lacks a name', (text) => {
  expect(() => splitMapping(text)).toThrow(expect.objectContaining({ code: 'input/invalid' }));
});

test('a list has a name a line; comments, blank lines, CR and BOM are no names', () => {
  expect(readNames('\uFEFF# tables\r\np.s.one\r\n\r\n  p.s."two # 2"  \n#p.s.three\n')).toEqual([
    'p.s.one',
    'p.s."two # 2"',
  ]);
});

test('targets are paired with tables line by line, and names lose needless quotes', () => {
  const read = files({ tables: 'p.s.a\n# b comes later\np."s".c', targets: 'p.s.x\np.new."y.z"\n' });
  expect(chooseTables({ table: ['p.s.t'], tableList: 'tables', restoreTargetList: 'targets' }, three, read)).toEqual([
    { source: 'p.s.t', target: null },
    { source: 'p.s.a', target: 'p.s.x' },
    { source: 'p.s.c', target: 'p.new."y.z"' },
  ]);
});

test.each([
  ['no table', {}, 'no table is named'],
  ['lists of unequal length', { tableList: 'two', restoreTargetList: 'one' }, 'two names 2 tables, one 1'],
  ['targets without tables', { restoreTargetList: 'one' }, 'without --table-list'],
  ['a table named twice', { table: ['p.s.a', 'p."s"."a"'] }, 'named twice'],
  ['a name with too few parts', { table: ['s.a'] }, 'not a table name'],
])('refuses %s', (_, options, message) => {
  const read = files({ one: 'p.s.x', two: 'p.s.a\np.s.b' });
  expect(() => chooseTables(options, three, read)).toThrow(
    expect.objectContaining({ code: 'input/invalid', message: expect.stringContaining(message) }),
  );
});

test('source and target are named as their own clusters name tables', () => {
  expect(chooseTables({ table: ['shop.orders=bank.public.orders'] }, { source: 2, target: 3 })).toEqual([
    { source: 'shop.orders', target: 'bank.public.orders' },
  ]);
});
