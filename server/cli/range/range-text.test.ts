import { expect, test } from 'vitest';
import type { CoverageView } from '#server/contract/coverage.ts';
import { rangeText } from './range-text.ts';

const at = (clock: string) => `2026-11-20T${clock}Z`;
const nothing: CoverageView = { ranges: [], gaps: [], safeUntil: null, backups: [], logs: [], problems: [] };

test('ranges and gaps are told in their order, each instant whole and the zone named', () => {
  const coverage: CoverageView = {
    ...nothing,
    ranges: [
      { from: at('10:00:00.000'), to: at('10:00:00.000') },
      { from: at('11:00:00.000'), to: at('11:59:59.999') },
    ],
    gaps: [
      { from: at('10:00:00.000'), to: at('11:00:00.000'), reason: 'the log of node s1 is not archived' },
      { from: at('11:59:59.999'), to: at('12:30:00.000'), reason: 'ALTER TABLE changed the definition' },
    ],
    safeUntil: at('11:59:59.999'),
    backups: [
      { id: 'a', at: at('10:00:00.000') },
      { id: 'b', at: at('11:00:00.000') },
    ],
  };
  expect(rangeText({ cluster: 'shop', table: 'shop.orders', coverage }).split('\n')).toEqual([
    'table:             shop.orders of shop',
    'recoverable until: 2026-11-20T11:59:59.999Z',
    'backups:           2',
    'times in:          UTC',
    'FROM                      TO                        RECOVERABLE',
    '2026-11-20T10:00:00.000Z  2026-11-20T10:00:00.000Z  this instant',
    '2026-11-20T10:00:00.000Z  2026-11-20T11:00:00.000Z  none: the log of node s1 is not archived',
    '2026-11-20T11:00:00.000Z  2026-11-20T11:59:59.999Z  any instant',
    '2026-11-20T11:59:59.999Z  2026-11-20T12:30:00.000Z  none: ALTER TABLE changed the definition',
  ]);
});

test('a table without a backup says that there is nothing to restore', () => {
  const text = rangeText({ cluster: 'shop', table: 'shop.orders', coverage: nothing });
  expect(text).toContain('recoverable until: no instant');
  expect(text).toContain('nothing to restore yet: no backup holds shop.orders');
});
