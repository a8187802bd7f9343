import { expect, test } from 'vitest';
import type { TableChanges } from '#server/contract/changes.ts';
import { changesText } from './changes-text.ts';

const counts = { inserts: 0, updates: 0, deletes: 0, transactions: 0, statements: 0 };
const changes: TableChanges = {
  ...{ table: 'shop.orders', from: '2026-11-20T02:00:00.000Z', to: '2026-11-20T03:00:00.000Z', bucketMs: 60_000 },
  buckets: [
    { ...counts, at: '2026-11-20T02:40:00.000Z', inserts: 10, transactions: 10 },
    { ...counts, at: '2026-11-20T02:41:00.000Z', deletes: 48_211, transactions: 1, statements: 1 },
  ],
  totals: { inserts: 10, updates: 0, deletes: 48_211, transactions: 11, statements: 1 },
  nodes: [{ node: 's1', from: '2026-11-19T00:00:00.000Z', until: '2026-11-20T02:59:58.000Z' }],
  unknown: [],
  transactions: [
    {
      ...{ node: 's1', gtid: '0-11-884213', id: 's1:0-11-884213', at: '2026-11-20T02:41:07.000Z' },
      ...{ inserts: 0, updates: 0, deletes: 48_211, statement: null, file: 'binlog.000004', position: '4567' },
    },
  ],
  next: null,
  listedAbove: 3,
};

test('the histogram tells each bucket with its rows by kind, the largest with the longest bar', () => {
  expect(changesText('shop', changes, false).split('\n')).toEqual([
    'table:          shop.orders of shop',
    'span:           2026-11-20T02:00:00Z to 2026-11-20T03:00:00Z, times in UTC',
    'rows:           10 inserts, 0 updates, 48,211 deletes in 11 transactions',
    'statements:     1',
    'archived until: s1 2026-11-20T02:59:58Z',
    'PER 1 MIN             INSERTS  UPDATES  DELETES  TRANSACTIONS  STATEMENTS  ROWS',
    '2026-11-20T02:40:00Z       10        0        0            10           0  #',
    `2026-11-20T02:41:00Z        0        0   48,211             1           1  ${'#'.repeat(30)}`,
  ]);
});

test('a transaction is told with the id that --before-tx takes, and how small ones may be missing', () => {
  const text = changesText('shop', changes, true);
  expect(text).toContain('2026-11-20T02:41:07Z  s1:0-11-884213        0        0   48,211');
  expect(text).toContain('of transactions of 3 rows and fewer only the largest are listed');
});
