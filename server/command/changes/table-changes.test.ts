import { expect, test } from 'vitest';
import { mostBuckets } from '#server/contract/changes.ts';
import type { LogIndex, LogTable } from '#server/manifest/log-schema.ts';
import { partChanges } from './part-changes.ts';
import { type ChangesQuestion, type FoundChanges, tableChanges } from './table-changes.ts';

const start = Date.parse('2026-11-20T10:00:00Z');
const minute = (at: number) => start / 60_000 + at;
const iso = (at: number) => new Date(start + at * 60_000).toISOString();
const orders = { database: 'shop', table: 'orders' };

type Largest = LogTable['largest'][number];
const group = (sequence: number, at: number, [inserts, updates, deletes]: [number, number, number]): Largest => [
  ...([`0-1-${sequence}`, start / 1000 + at * 60, inserts, updates, deletes] as const),
  ...(['binlog.000001', String(sequence * 1000)] as const),
];

function index(tables: Partial<LogTable>[], statements: LogIndex['statements'] = []): LogIndex {
  const counts = { inserts: 0, updates: 0, deletes: 0, transactions: 0 };
  const whole = { ...orders, stream: 1, frames: [], minutes: [], largest: [], counts };
  return {
    ...{ format: 1, header: [], statements, summary: {} as LogIndex['summary'] },
    tables: tables.map((table) => ({ ...whole, ...table })),
    statementsLeftOut: { definition: 0, change: 0, other: 0 },
  };
}

const ask = (indexes: readonly LogIndex[], more: Partial<ChangesQuestion> = {}, pieces = [orders]) => {
  const found: FoundChanges = {
    ...{ nodes: [], unknown: [] },
    parts: indexes.map((one) => ({ ...partChanges(one, pieces), node: 's1' })),
  };
  const question = {
    table: 'shop.orders',
    fromMs: start,
    toMs: start + 59 * 60_000,
    order: 'biggest',
    limit: 50,
  } as const;
  return tableChanges(found, { ...question, after: null, ...more });
};

test('minutes are counted in buckets, those without a change are left out, and other tables are not counted', () => {
  const minutes: LogTable['minutes'] = [
    [minute(-1), 9, 9, 9, 9],
    [minute(0), 1, 2, 3, 1],
    [minute(59), 4, 0, 0, 2],
    [minute(60), 9, 9, 9, 9],
  ];
  const { buckets, totals, bucketMs, from, to } = ask([
    index([{ minutes }, { table: 'other', minutes: [[minute(1), 7, 7, 7, 7]] }]),
    index([{ minutes: [[minute(0), 1, 0, 0, 1]] }]),
  ]);
  expect({ bucketMs, from, to }).toEqual({ bucketMs: 60_000, from: iso(0), to: iso(60) });
  expect(buckets).toEqual([
    { at: iso(0), inserts: 2, updates: 2, deletes: 3, transactions: 2, statements: 0 },
    { at: iso(59), inserts: 4, updates: 0, deletes: 0, transactions: 2, statements: 0 },
  ]);
  expect(totals).toEqual({ inserts: 6, updates: 2, deletes: 3, transactions: 4, statements: 0 });
});

test('however long the span, there are no more buckets than can be drawn, and nothing is lost in them', () => {
  for (const days of [0.01, 0.3, 1, 7, 30, 90, 366, 4_000]) {
    const span = Math.floor(days * 1_440);
    const minutes: LogTable['minutes'] = Array.from({ length: 1_000 }, (_, at) => [
      ...([minute(Math.floor((span * at) / 1_000)), 1, 0, 0, 1] as const),
    ]);
    const { buckets, totals, bucketMs } = ask([index([{ minutes }])], { toMs: start + span * 60_000 });
    expect(buckets.length).toBeLessThanOrEqual(mostBuckets);
    expect(totals.inserts).toBe(1_000);
    expect(buckets.every(({ at }) => Date.parse(at) % bucketMs === 0)).toBe(true);
  }
});

test('transactions come biggest first, page by page, each once, also while newer ones come', () => {
  const largest = [3, 50, 7, 50, 1].map((rows, at) => group(at, at, [0, rows, 0]));
  const first = ask([index([{ largest }])], { limit: 2 });
  expect(first.transactions.map(({ gtid, updates }) => [gtid, updates])).toEqual([
    ['0-1-3', 50],
    ['0-1-1', 50],
  ]);
  const more = [...largest, group(9, 9, [0, 1_000, 0])];
  const second = ask([index([{ largest: more }])], { limit: 2, after: first.next });
  expect(second.transactions.map(({ gtid }) => gtid)).toEqual(['0-1-2', '0-1-0']);
  const third = ask([index([{ largest: more }])], { limit: 2, after: second.next });
  expect([third.transactions.map(({ gtid }) => gtid), third.next]).toEqual([['0-1-4'], null]);
  expect(ask([index([{ largest }])], { order: 'newest', limit: 2 }).transactions.map(({ gtid }) => gtid)).toEqual([
    '0-1-4',
    '0-1-3',
  ]);
  expect(() => ask([index([{ largest }])], { after: 'x' })).toThrow(expect.objectContaining({ code: 'input/invalid' }));
});

test('a transaction that lies in two segments, or changed two pieces of the table, is one', () => {
  const piece = { database: 'shop', table: 'orders_2' };
  const { transactions } = ask(
    [
      index([{ largest: [group(1, 1, [0, 0, 40])] }, { ...piece, largest: [group(1, 1, [0, 5, 0])] }]),
      index([{ largest: [group(1, 1, [0, 0, 2])] }]),
    ],
    {},
    [orders, piece],
  );
  expect(transactions).toMatchObject([{ node: 's1', gtid: '0-1-1', inserts: 0, updates: 5, deletes: 42 }]);
});

test('a definition stands before any number of rows; of a change logged as its text no value comes out', () => {
  const at = { database: 'shop', file: 'binlog.000001', gtid: '0-1-5' };
  const statements: LogIndex['statements'] = [
    { ...at, kind: 'definition', at: start / 1000 + 60, position: '10', sql: 'TRUNCATE\n  TABLE orders' },
    {
      ...at,
      kind: 'definition',
      at: start / 1000 + 60,
      position: '11',
      sql: 'ALTER TABLE other ADD a INT',
      gtid: '0-1-6',
    },
    {
      ...at,
      kind: 'change',
      at: start / 1000 + 120,
      position: '12',
      sql: "/* a */ update orders set card = 'secret'",
      gtid: '',
    },
  ];
  const { transactions, totals } = ask([index([{ largest: [group(1, 3, [0, 900, 0])] }], statements)]);
  expect(transactions.map(({ gtid, statement }) => [gtid, statement])).toEqual([
    [null, 'UPDATE, logged as its text'],
    ['0-1-5', 'TRUNCATE TABLE orders'],
    ['0-1-1', null],
  ]);
  expect(totals.statements).toBe(2);
});

test('where an index names only the largest, it is said from how many rows on all are listed', () => {
  const minutes: LogTable['minutes'] = [[minute(1), 0, 100, 0, 3]];
  const counts = { inserts: 0, updates: 100, deletes: 0, transactions: 3 };
  const largest = [group(1, 1, [0, 80, 0]), group(2, 1, [0, 15, 0])];
  expect(ask([index([{ minutes, counts, largest }])]).listedAbove).toBe(15);
  expect(ask([index([{ minutes, counts: { ...counts, transactions: 2 }, largest }])]).listedAbove).toBe(0);
});
