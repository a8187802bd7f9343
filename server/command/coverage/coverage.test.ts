import { describe, expect, test } from 'vitest';
import type { LogStatement } from '#server/manifest/log-schema.ts';
import type { ChangedWith } from './changed-with.ts';
import { tableCoverage } from './coverage.ts';
import { type ArchivedStream, type LogPart, logPoint } from './log-part.ts';

const at = (second: number) => Date.parse('2026-11-20T10:00:00Z') + second * 1000;
const iso = (second: number) => new Date(at(second)).toISOString();
const point = (offset: number, file = 'binlog.000001') =>
  logPoint({ file, offset: String(offset) }, [`0-1-${Math.floor(offset / 100)}`]);

/** Segment `sequence` holds 1000 bytes and ten seconds of the log. */
function segment(sequence: number, change: Partial<LogPart> = {}): LogPart {
  return {
    ...{ sequence, piece: null, follows: sequence === 0 ? 'nothing' : 'bytes', gap: null, clockSkewMs: 0 },
    ...{ server: { id: 1, uuid: null }, incident: false, statements: [], statementsLeftOut: false },
    ...{ begin: point(sequence * 1000), end: point(sequence * 1000 + 1000) },
    ...{ firstMs: at(sequence * 10), receivedMs: at(sequence * 10 + 10), committedMs: at(sequence * 10 + 10) },
    sha256: `seal ${sequence}`,
    previous: sequence === 0 ? null : { sequence: sequence - 1, sha256: `seal ${sequence - 1}` },
    ...change,
  } as LogPart;
}

const stream = (parts: ArchivedStream['parts'], node = 's1', archivedUntilMs: number | null = null) => ({
  ...{ node, parts, archivedUntilMs },
});

/** Taken at this second of the log above, on these nodes. */
function backup(second: number, nodes = ['s1'], change: { ownSnapshot?: boolean; changedWith?: ChangedWith } = {}) {
  const points = nodes.map((node) => ({
    ...{ node, server: { id: 1, uuid: null }, point: point(second * 100), atMs: at(second) },
  }));
  const place = { database: 'd', table: 't', ownSnapshot: false };
  const changedWith = { tables: [{ database: 'd', table: 't' }], standsAlone: null, crossable: 'none' as const };
  const fragments = points.map((one) => ({ ...one, ...place, changedWith, ...change }));
  return { id: String(second), cutMs: at(second), finishedMs: at(second + 1), nodes: points, fragments };
}

const cover = (backups: ReturnType<typeof backup>[], streams: ArchivedStream[]) =>
  tableCoverage({ backups, streams, nowMs: at(1_000) });

const statement = (second: number, sql: string, kind: LogStatement['kind']): LogStatement => ({
  ...{
    kind,
    sql,
    gtid: '',
    at: at(second) / 1000,
    file: 'binlog.000001',
    position: String(second * 100),
    database: 'd',
  },
});

describe('the instants a table can be brought back to', () => {
  test('go from a backup to the last commit that is archived', () => {
    expect(cover([backup(5)], [stream([segment(0), segment(1)])])).toEqual({
      ranges: [{ from: iso(5), to: iso(20) }],
      gaps: [],
      safeUntil: iso(20),
    });
  });

  test('go on without commits, as far as the archive is said to be, and as a later backup proves', () => {
    expect(cover([backup(5)], [stream([segment(0)], 's1', at(30))]).safeUntil).toBe(iso(30));
    const late = { ...backup(10), cutMs: at(40) };
    const nodes = late.nodes.map((node) => ({ ...node, atMs: at(40) }));
    const fragments = late.fragments.map((fragment) => ({ ...fragment, atMs: at(40) }));
    const { ranges } = cover([backup(5), { ...late, nodes, fragments }], [stream([segment(0)])]);
    expect(ranges).toEqual([{ from: iso(5), to: iso(40) }]);
  });

  test('are one where no log is archived, and the gap after it says so', () => {
    expect(cover([backup(5), backup(9)], [])).toEqual({
      ranges: [5, 9].map((second) => ({ from: iso(second), to: iso(second) })),
      gaps: [
        { from: iso(5), to: iso(9), reason: 'the log of node s1 is not archived' },
        { from: iso(9), to: iso(1_000), reason: 'the log of node s1 is not archived' },
      ],
      safeUntil: iso(9),
    });
    expect(cover([], [stream([segment(0)])])).toEqual({ ranges: [], gaps: [], safeUntil: null });
  });

  test('end where the log of one node of several ends', () => {
    const streams = [stream([segment(0), segment(1), segment(2)]), stream([segment(0)], 's2')];
    expect(cover([backup(5, ['s1', 's2'])], streams).ranges).toEqual([{ from: iso(5), to: iso(10) }]);
    const { ranges, gaps } = cover([backup(5, ['s1', 's2'])], streams.slice(0, 1));
    expect(ranges).toEqual([{ from: iso(5), to: iso(5) }]);
    expect(gaps).toMatchObject([{ reason: 'the log of node s2 is not archived' }]);
  });

  test('begin after the backup when its rows are later than its cut, and do not exist without a log', () => {
    const own = backup(5, ['s1'], { ownSnapshot: true });
    expect(cover([own], [stream([segment(0)])]).ranges).toEqual([{ from: iso(6), to: iso(10) }]);
    expect(cover([own], [])).toMatchObject({
      ranges: [],
      gaps: [{ from: iso(6), reason: expect.stringContaining('holds rows of several instants') }],
      safeUntil: null,
    });
  });

  test('stand on both clocks where the server is ahead', () => {
    const first = segment(0, { clockSkewMs: 500, committedMs: at(9.5) });
    expect(cover([backup(5)], [stream([first])]).safeUntil).toBe(iso(9.5));
  });
});

describe('a gap has its reason', () => {
  const gapOf = (parts: ArchivedStream['parts'], backups = [backup(5), backup(25)]) =>
    cover(backups, [stream(parts)]).gaps;

  test.each([
    [
      's1: file binlog.000003 was purged before it was archived',
      [
        segment(0),
        segment(2, {
          sequence: 1,
          follows: 'gap',
          gap: {
            reason: 'purged',
            message: 's1: file binlog.000003 was purged before it was archived',
            foundAt: iso(20),
          },
          previous: { sequence: 0, sha256: 'seal 0' },
        }),
      ],
    ],
    ['segment 1 of the log of node s1 is missing on the destination', [segment(0), segment(2)]],
    [
      'segment 1 of the log of node s1 cannot be used: its object is missing on the destination',
      [segment(0), { sequence: 1, piece: null, problem: 'its object is missing on the destination' }, segment(2)],
    ],
    [
      'the server lost events of the log of node s1, in segment 1',
      [segment(0), segment(1, { incident: true }), segment(2)],
    ],
    [
      'the log of node s1 was begun anew with segment 1',
      [segment(0), segment(2, { sequence: 1, follows: 'nothing', previous: { sequence: 0, sha256: 'seal 0' } })],
    ],
  ] as [string, ArchivedStream['parts']][])('%s', (reason, parts) => {
    expect(gapOf(parts)).toEqual([{ from: iso(10), to: iso(25), reason }]);
  });

  test('a chain that breaks', () => {
    const parts = [segment(0), segment(1, { previous: { sequence: 0, sha256: 'another' } })];
    const [gap] = gapOf(parts, [backup(5)]);
    expect(gap).toMatchObject({ from: iso(10), reason: expect.stringContaining('the chain of the log of node s1') });
  });

  test('a log that begins after the backup, and one that ends before it', () => {
    expect(gapOf([segment(1), segment(2)])).toEqual([
      { from: iso(5), to: iso(25), reason: expect.stringContaining(`is archived only from ${iso(10)} on`) },
    ]);
    expect(gapOf([segment(0)], [backup(5), backup(25)])).toEqual([
      { from: iso(10), to: iso(25), reason: expect.stringContaining(`is archived up to ${iso(10)}, and not yet`) },
    ]);
  });

  test('a statement that changes the table or its definition, unless it lies before the backup', () => {
    const statements = [statement(12, 'ALTER TABLE t ADD c INT', 'definition')];
    const parts = [segment(0), segment(1, { statements }), segment(2)];
    expect(gapOf(parts)).toEqual([
      { from: iso(11.999), to: iso(25), reason: `ALTER TABLE changed the definition of d.t on node s1 at ${iso(12)}` },
    ]);
    expect(gapOf(parts, [backup(13)])).toEqual([]);
    const other = [statement(12, 'ALTER TABLE u ADD c INT', 'definition')];
    expect(gapOf([segment(0), segment(1, { statements: other }), segment(2)])).toEqual([]);
    const text = [statement(12, 'UPDATE t SET a = UUID()', 'change')];
    expect(gapOf([segment(0), segment(1, { statements: text }), segment(2)])).toMatchObject([
      { from: iso(11.999), reason: expect.stringContaining('was logged as its text') },
    ]);
  });

  test('a statement that cannot be crossed, and the time in which nothing has the name', () => {
    const crossing = (crossable: ChangedWith['crossable']) =>
      backup(5, ['s1'], { changedWith: { tables: [{ database: 'd', table: 't' }], standsAlone: null, crossable } });
    const definitions = (...sql: [second: number, sql: string][]) =>
      segment(1, { statements: sql.map(([second, text]) => statement(second, text, 'definition')) });
    const crossed = [
      ...['ALTER TABLE t ADD c INT', 'TRUNCATE t', 'CREATE OR REPLACE TABLE t (a INT)', 'DROP INDEX i ON t'],
      ...['CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW SET @a = 1', 'RENAME TABLE u TO w'],
    ];
    for (const sql of crossed) {
      expect(gapOf([segment(0), definitions([12, sql]), segment(2)], [crossing('all')])).toEqual([]);
    }
    const ghost = definitions(
      [11, 'CREATE TABLE _t_gho LIKE t'],
      [12, 'ALTER TABLE _t_gho ADD c INT'],
      [13, 'RENAME TABLE t TO _t_del, _t_gho TO t'],
    );
    expect(gapOf([segment(0), ghost, segment(2)], [crossing('all')])).toEqual([]);
    expect(gapOf([segment(0), definitions([12, 'TRUNCATE t']), segment(2)], [crossing('empty')])).toEqual([]);
    expect(
      gapOf([segment(0), definitions([12, 'ALTER TABLE t ADD c INT']), segment(2)], [crossing('empty')]),
    ).toMatchObject([{ from: iso(11.999), reason: expect.stringContaining('the computing node') }]);
    const unsure = definitions([12, 'ALTER TABLE t ADD c CHAR(36) DEFAULT (UUID())']);
    expect(gapOf([segment(0), unsure, segment(2)], [crossing('all')])).toMatchObject([
      { from: iso(11.999), reason: expect.stringContaining('UUID()') },
    ]);
    const away = definitions([12, 'DROP TABLE t'], [16, 'CREATE TABLE t (a INT)']);
    expect(gapOf([segment(0), away, segment(2)], [crossing('all')])).toEqual([
      { from: iso(11.999), to: iso(17), reason: `DROP TABLE on node s1 at ${iso(12)}: d.t is not there from then on` },
    ]);
    const emptied = definitions([12, 'ALTER TABLE t IMPORT TABLESPACE'], [16, 'TRUNCATE t']);
    expect(gapOf([segment(0), emptied, segment(2)], [crossing('all')])).toMatchObject([
      { from: iso(11.999), to: iso(17) },
    ]);
  });

  test('a statement that changes a table whose rows change its own by foreign keys', () => {
    const tables = ['t', 'parent'].map((table) => ({ database: 'd', table }));
    const child = backup(5, ['s1'], { changedWith: { tables, standsAlone: null, crossable: 'none' } });
    const statements = [statement(12, 'TRUNCATE TABLE parent', 'definition')];
    expect(gapOf([segment(0), segment(1, { statements })], [child])).toMatchObject([
      { from: iso(11.999), reason: `TRUNCATE TABLE changed the definition of d.parent on node s1 at ${iso(12)}` },
    ]);
    expect(gapOf([segment(0), segment(1, { statements })], [backup(5)])).toEqual([]);
  });

  test('rows that no log can be laid over: each backup is one instant', () => {
    const standsAlone = 'its parent is not in the backup';
    const alone = backup(5, ['s1'], { changedWith: { tables: [], standsAlone, crossable: 'none' } });
    expect(cover([alone], [stream([segment(0), segment(1)])])).toEqual({
      ranges: [{ from: iso(5), to: iso(5) }],
      gaps: [{ from: iso(5), to: iso(1_000), reason: standsAlone }],
      safeUntil: iso(5),
    });
  });

  test('a log begun anew under the same names is not taken for the one that a backup stands in', () => {
    const again = segment(0, {
      ...{ sequence: 1, previous: { sequence: 0, sha256: 'seal 0' }, follows: 'gap' },
      gap: { reason: 'rebuilt', message: 'the log of node s1 was begun anew', foundAt: iso(100) },
      ...{ firstMs: at(100), receivedMs: at(110), committedMs: at(110) },
    });
    expect(cover([backup(5)], [stream([segment(0), again])])).toMatchObject({
      ranges: [{ from: iso(5), to: iso(10) }],
      gaps: [{ from: iso(10), to: iso(1_000), reason: 'the log of node s1 was begun anew' }],
    });
    // Nothing tells which of two it is.
    const twin = { ...again, firstMs: at(0), receivedMs: at(10), committedMs: at(10) };
    expect(cover([backup(5)], [stream([segment(0), twin])])).toMatchObject({
      ranges: [{ from: iso(5), to: iso(5) }],
      gaps: [{ reason: expect.stringContaining('nothing proves') }],
    });
    // Their GTIDs do.
    const [begin, end] = [0, 1000].map((offset) =>
      logPoint({ file: 'binlog.000001', offset: String(offset) }, [`0-1-${offset + 50}`]),
    );
    const told = { ...twin, begin: begin!, end: end! };
    expect(cover([backup(5)], [stream([segment(0), told])]).ranges).toEqual([{ from: iso(5), to: iso(10) }]);
  });
});
