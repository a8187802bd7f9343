import { describe, expect, test } from 'vitest';
import { valueForms } from '../canonical/value-forms-fixture.ts';
import { actionsOn, type ForeignAction, foreignName, type ReferringTable } from './foreign-actions.ts';
import { followForeignKeys } from './foreign-key-fold.ts';
import { type Change, cell, framedRows, logged, type Row, TestTable } from './merge-fixture.ts';

const int = valueForms.find(({ declared }) => declared === 'int(11)')!;
const table = new TestTable([{ forms: int }, { forms: int }], [0]);
const row = (id: number, up: number | null): Row => [cell(int, BigInt(id)), up === null ? null : cell(int, BigInt(up))];
const action = (
  child: string,
  parent: string,
  onDelete: ForeignAction['onDelete'],
  onUpdate = onDelete,
): ForeignAction => ({
  name: `${child}_${parent}`,
  child,
  columns: [1],
  parent,
  refColumns: [0],
  onDelete,
  onUpdate,
  equality: ['bytes'],
});

/** What followed, as `table key`, with `= value` or `gone`; and which tables' rows were read. */
async function followed(
  actions: readonly ForeignAction[],
  stored: Record<string, readonly Row[]>,
  events: readonly [table: string, ...changes: Change[]][],
  shapes: Record<string, TestTable> = {},
) {
  const shapeOf = (name: string) => shapes[name] ?? table;
  const read: string[] = [];
  const found: string[] = [];
  const following = followForeignKeys({
    actions,
    tables: new Map(Object.keys(stored).map((name) => [name, shapeOf(name).table])),
    rowsOf: async function* (name) {
      read.push(name);
      yield framedRows(stored[name]!);
    },
    log: async function* () {
      for (const [n, [name, ...changes]] of events.entries())
        yield { table: name, ...logged(shapeOf(name), changes, n) };
    },
  });
  for await (const { followed: changes } of following) {
    for (const { table: name, key, set } of changes) {
      const value = set ? `= ${set.values.map((bytes) => bytes?.readInt32LE(0) ?? 'NULL')}` : 'gone';
      found.push(`${name} ${key.readInt32LE(0)} ${value}`);
    }
  }
  return { found, read };
}

test('what is deleted or renamed is followed through all that refers to it, back into the same table too', async () => {
  const stored = {
    p: [row(1, null), row(2, null)],
    c: [row(10, 1), row(11, 2)],
    e: [row(20, 10), row(21, 11), row(22, 20)],
  };
  const actions = [
    action('c', 'p', 'cascade'),
    action('e', 'c', 'cascade', 'none'),
    action('e', 'e', 'set null', 'none'),
  ];
  const { found } = await followed(actions, stored, [
    ['p', { before: row(2, null), after: row(3, null) }],
    ['p', { before: row(1, null) }, { before: row(3, null) }],
  ]);
  expect(found).toEqual(['c 11 = 3', 'c 10 gone', 'e 20 gone', 'e 22 = NULL', 'c 11 gone', 'e 21 gone']);
});

test('a row that two keys lead to goes once', async () => {
  const wide = new TestTable([{ forms: int }, { forms: int }, { forms: int }], [0]);
  const child = (id: number, up: number | null): Row => [...row(id, 1), up === null ? null : cell(int, BigInt(up))];
  const actions = [action('c', 'p', 'cascade'), { ...action('c', 'c', 'cascade'), columns: [2] }];
  const stored = { p: [row(1, null)], c: [child(10, null), child(11, 10), child(12, 11), child(13, 12)] };
  const { found } = await followed(actions, stored, [['p', { before: row(1, null) }]], { c: wide });
  expect(found.sort()).toEqual(['c 10 gone', 'c 11 gone', 'c 12 gone', 'c 13 gone']);
});

test('rows are read only of tables that something may follow in', async () => {
  const stored = { p: [row(1, null)], c: [row(10, 1)], e: [row(20, 10)] };
  const actions = [action('c', 'p', 'cascade'), action('e', 'c', 'cascade')];
  const untouched = await followed(actions, stored, [
    ['p', { after: row(2, null) }],
    ['c', { after: row(11, 2) }],
    ['c', { before: row(10, 1), after: row(10, 2) }],
  ]);
  expect(untouched).toEqual({ found: [], read: [] });
  const lower = await followed(actions, stored, [['c', { before: row(10, 1) }]]);
  expect(lower).toEqual({ found: ['e 20 gone'], read: ['e'] });
});

test('a row that a foreign key and the same event both changed is refused, one that the event deletes is only deleted', async () => {
  const stored = { t: [row(1, null), row(2, 1)] };
  const actions = [action('t', 't', 'set null')];
  const deleted = await followed(actions, stored, [['t', { before: row(1, null) }, { before: row(2, null) }]]);
  expect(deleted.found).toEqual([]);
  const changes: Change[] = [
    { before: row(1, null), after: row(7, null) },
    { before: row(2, null), after: row(2, 7) },
  ];
  await expect(followed(actions, stored, [['t', ...changes]])).rejects.toMatchObject({ code: 'table/unsupported' });
});

describe('the actions on a table', () => {
  const column = (name: string, declared = 'int(11)', flags = 0, charset = 63) => ({
    name,
    type: 3,
    flags,
    charset,
    decimals: 0,
    declared,
    generated: false,
  });
  const tableOf = (name: string, to: string | null, onDelete = 'CASCADE', of = column('up')): ReferringTable => ({
    database: 'd',
    table: name,
    columns: [column('id'), of],
    foreignKeys: to
      ? [
          {
            name: `${name}_${to}`,
            columns: ['UP'],
            refDatabase: 'd',
            refTable: to,
            refColumns: ['id'],
            onUpdate: 'RESTRICT',
            onDelete,
          },
        ]
      : [],
  });
  const named = (name: string) => foreignName('d', name);

  test('are those on the way up, however far, and end where a key only forbids', () => {
    const tables = [
      tableOf('c', 'b'),
      tableOf('b', 'a', 'SET NULL'),
      tableOf('a', 'a'),
      tableOf('x', 'c'),
      tableOf('f', 'c', 'NO ACTION'),
    ];
    const of = (name: string) =>
      actionsOn(named(name), tables).map((each) => `${each.name} ${each.onDelete} ${each.onUpdate}`);
    expect(of('c')).toEqual(['c_b cascade none', 'b_a set null none', 'a_a cascade none']);
    expect(of('f')).toEqual([]);
    expect(actionsOn(named('b'), tables)[0]).toMatchObject({ columns: [1], refColumns: [0], equality: ['bytes'] });
  });

  test('are refused where a table is missing or nobody can tell which values are one', () => {
    const refused = (message: RegExp, ...tables: ReferringTable[]) =>
      expect(() => actionsOn(named('c'), tables)).toThrow(
        expect.objectContaining({ code: 'table/unsupported', message: expect.stringMatching(message) }),
      );
    refused(/is not known/, tableOf('c', 'b'));
    refused(/are not known/, tableOf('x', null));
    const a = tableOf('a', null);
    refused(/by their number/, tableOf('c', 'a', 'CASCADE', column('up', "enum('x')")), a);
    refused(/character set gbk/, tableOf('c', 'a', 'CASCADE', column('up', 'varchar(9)', 0, 28)), a);
    const equality = (flags: number, charset: number, declared = 'varchar(9)') =>
      actionsOn(named('c'), [tableOf('c', 'a', 'CASCADE', column('up', declared, flags, charset)), a])[0]!.equality;
    expect([equality(0, 45), equality(0x80, 46), equality(0x80, 63, 'varbinary(9)')]).toEqual([
      ['collated'],
      ['padded'],
      ['bytes'],
    ]);
  });
});
