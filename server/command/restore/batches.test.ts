import { expect, test } from 'vitest';
import { batchesOf, type WaitingTable } from './batches.ts';

let index = 0;
function waiting(name: string, options: Options = {}): WaitingTable {
  const { rows = 100, bytes = 5_000, mode = 'beside', pieces = 1, database = 'shop', node = 'n1' } = options;
  const fragments = Array.from({ length: pieces }, (_, n) => ({
    index: n,
    source: { node, database, table: name },
    target: { node, database, table: `${name}_new` },
  }));
  const recorded = fragments.map(() => ({
    foreignKeys: options.foreignKeys ?? [],
    triggers: options.triggers ?? [],
    columns: options.columns ?? [{ declared: 'int(11)' }],
  }));
  const table = { source: `${database}.${name}`, rows, rawBytes: bytes, mode, fragments };
  return { index: index++, table, request: { file: { fragments: recorded } } } as unknown as WaitingTable;
}
interface Options {
  rows?: number;
  bytes?: number;
  mode?: string;
  pieces?: number;
  database?: string;
  node?: string;
  foreignKeys?: unknown[];
  triggers?: unknown[];
  columns?: unknown[];
}

const named = (batches: WaitingTable[][]) =>
  batches.map((batch) => batch.map(({ table }) => table.fragments[0]!.source.table));

test('small tables of one database go together, up to a bound of tables and of bytes', () => {
  const many = Array.from({ length: 70 }, (_, n) => waiting(`t${n}`));
  expect(batchesOf(many, { triggers: false, log: null }).map((batch) => batch.length)).toEqual([32, 32, 6]);
  const heavy = Array.from({ length: 9 }, (_, n) => waiting(`h${n}`, { bytes: 1024 ** 2 }));
  expect(batchesOf(heavy, { triggers: false, log: null }).map((batch) => batch.length)).toEqual([4, 4, 1]);
});

test('no table is lost or taken twice, and each place to and from has its own batch', () => {
  const tables = [
    waiting('a'),
    waiting('b', { database: 'other' }),
    waiting('c'),
    waiting('d', { node: 'n2' }),
    waiting('e', { database: 'other' }),
  ];
  expect(named(batchesOf(tables, { triggers: false, log: null }))).toEqual([['a', 'c'], ['b', 'e'], ['d']]);
});

test('a table that is large, swapped, split, versioned, or has keys or triggers to make, is alone', () => {
  const trigger = [{ name: 't' }];
  const alone = [
    waiting('rows', { rows: 10_000 }),
    waiting('bytes', { bytes: 1024 ** 2 + 1 }),
    waiting('live', { mode: 'in-place' }),
    waiting('split', { pieces: 2 }),
    waiting('keyed', { foreignKeys: [{ name: 'k' }] }),
    waiting('triggered', { triggers: trigger }),
    waiting('versioned', { columns: [{ declared: 'timestamp(6) GENERATED ALWAYS AS ROW START' }] }),
  ];
  const small = [waiting('a'), waiting('b')];
  expect(named(batchesOf([...alone, ...small], { triggers: true, log: null }))).toEqual([
    ['rows'],
    ['bytes'],
    ['live'],
    ['split'],
    ['keyed'],
    ['triggered'],
    ['versioned'],
    ['a', 'b'],
  ]);
  // Triggers that nobody asked for are not made.
  expect(named(batchesOf([waiting('x', { triggers: trigger }), ...small], { triggers: false, log: null }))).toEqual([
    ['x', 'a', 'b'],
  ]);
});
