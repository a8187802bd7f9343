import { expect, test } from 'vitest';
import type { TableBackup } from './coverage.ts';
import { coverageView } from './coverage-view.ts';
import { type ArchivedStream, type LogPart, logPoint } from './log-part.ts';

const at = (second: number) => Date.parse('2026-11-20T10:00:00Z') + second * 1000;
const iso = (second: number) => new Date(at(second)).toISOString();
const server = { id: 1, uuid: null };
const point = (second: number) => logPoint({ file: 'binlog.000001', offset: String(second) }, []);

const part = (sequence: number, from: number, to: number, change: Partial<LogPart> = {}): LogPart => ({
  ...{ sequence, piece: null, follows: 'bytes', gap: null, clockSkewMs: 0, server, incident: false },
  ...{ begin: point(from), end: point(to), firstMs: at(from), receivedMs: at(to), committedMs: at(to) },
  ...{ statements: [], statementsLeftOut: false, sha256: `${sequence}` },
  previous: sequence === 0 ? null : { sequence: sequence - 1, sha256: `${sequence - 1}` },
  ...change,
});
const stream = (node: string, parts: LogPart[]): ArchivedStream => ({ node, parts, archivedUntilMs: null });

function backup(second: number, nodes: string[]): TableBackup {
  const points = nodes.map((node) => ({ node, server, point: point(second), atMs: at(second) }));
  const changedWith = { tables: [{ database: 'd', table: 't' }], standsAlone: null, crossable: 'none' as const };
  const fragments = points.map((one) => ({ ...one, database: 'd', table: 't', ownSnapshot: false, changedWith }));
  return { id: `b${second}`, cutMs: at(second), finishedMs: at(second), nodes: points, fragments };
}

test('beside its coverage a table has its backups, and the log of each node that it was on, with what ends it', () => {
  const gap = { reason: 'purged', message: 's1: binlog.000003 was purged', foundAt: iso(30) } as const;
  const quiet = part(0, 0, 9, { firstMs: null });
  const streams = [
    stream('s2', [quiet]),
    stream('s1', [part(0, 0, 10), part(1, 10, 20), part(2, 30, 40, { follows: 'gap', gap })]),
    stream('other', [part(0, 0, 10)]),
  ];
  const view = coverageView({ backups: [backup(9, ['s1', 's2']), backup(5, ['s1'])], streams, nowMs: at(99) }, ['p']);
  expect(view.backups).toEqual([
    { id: 'b5', at: iso(5) },
    { id: 'b9', at: iso(9) },
  ]);
  expect(view.logs).toEqual([
    {
      node: 's1',
      spans: [
        { from: iso(0), to: iso(20), ends: gap.message },
        { from: iso(30), to: iso(40), ends: null },
      ],
    },
    // Without a commit in it, a log is known from its end alone.
    { node: 's2', spans: [{ from: iso(9), to: iso(9), ends: null }] },
  ]);
  expect(view.ranges[0]!.from).toBe(iso(5));
  expect(view.problems).toEqual(['p']);
});
