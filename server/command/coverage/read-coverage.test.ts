import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { segmentHeader, segmentTrailer } from '#server/engine/mysql/log-archive/layout.ts';
import { logOutlinesKey, logPieceKey, logSealKey, logSegmentKey } from '#server/manifest/log-keys.ts';
import { segmentsPerOutlines } from '#server/manifest/log-outline.ts';
import type { LogIndex, LogStatement, LogStream, LogSummary } from '#server/manifest/log-schema.ts';
import { openLogStream, publishLogSeal } from '#server/manifest/log-store.ts';
import { publishManifest } from '#server/manifest/publish.ts';
import { sampleManifest, sampleTable } from '#server/manifest/sample-fixture.ts';
import type { TableFile } from '#server/manifest/schema.ts';
import { sha256Of } from '#server/manifest/store.ts';
import { writeTableFile } from '#server/manifest/write-table.ts';
import type { Storage } from '#server/storage/contract.ts';
import { openStorage } from '#server/storage/open.ts';
import { writeMissingOutlines } from '../archive/write-outlines.ts';
import { tableCoverage } from './coverage.ts';
import { CoverageCache, readCoverageFacts } from './read-coverage.ts';

const stream: LogStream = { id: 'thestream', cluster: { id: '1', name: 'shop' }, node: 'shop' };
const start = Date.parse('2026-11-20T10:00:00Z');
const iso = (minute: number) => new Date(start + minute * 60_000).toISOString();
const justBefore = (minute: number) => new Date(start + minute * 60_000 - 1).toISOString();
let path: string;
let storage: Storage;
let reads: string[];

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'tidemark-coverage-'));
  storage = await openStorage({ kind: 'fs', path });
  reads = [];
  const { readAll } = storage;
  storage.readAll = (key, options) => {
    reads.push(key);
    return readAll.call(storage, key, options);
  };
});
afterEach(() => rm(path, { recursive: true }));

/** Seals ten minutes of a log, 1000 bytes, each. */
async function seal(minutes: number, statements: LogStatement[] = []): Promise<void> {
  await openLogStream(storage, stream, systemClock);
  let previous: { sequence: number; sha256: string } | null = null;
  for (let sequence = 0; sequence < minutes / 10; sequence++) {
    const own = statements.filter(({ at }) => Math.floor((at * 1000 - start) / 600_000) === sequence);
    const summary = summaryOf(sequence, own.length);
    const key = logSegmentKey(stream.id, sequence, 'a');
    const left = { definition: 0, change: 0, other: 0 };
    const index: LogIndex = { format: 1, summary, header: [], tables: [], statements: own, statementsLeftOut: left };
    const bytes = zstdCompressSync(Buffer.from(JSON.stringify(index)));
    await storage.write(key, bytes);
    const place = { offset: 0, length: bytes.length, sha256: sha256Of(bytes) };
    const segment = { key, bytes: bytes.length, sha256: sha256Of(bytes), index: place };
    const published = await publishLogSeal(storage, { format: 1, summary, segment, previous, sealedAt: iso(0) });
    previous = { sequence, sha256: published.sha256 };
  }
}

function summaryOf(sequence: number, definitions: number): LogSummary {
  const none = { inserts: 0, updates: 0, deletes: 0, textChanges: 0, incidents: 0, uncounted: 0 };
  const time = start / 1000 + (sequence + 1) * 600;
  return {
    ...{ stream, sequence, piece: null, follows: sequence === 0 ? 'nothing' : 'bytes', gap: null, clockSkewMs: 0 },
    begin: { file: 'binlog.000001', position: String(sequence * 1000), gtids: [`0-1-${sequence * 10}`] },
    end: {
      server: { id: 1, uuid: null, version: '11' },
      ...{ file: 'binlog.000001', position: String((sequence + 1) * 1000), gtids: [`0-1-${sequence * 10 + 10}`] },
      ...{ last: null, nextFile: null, group: null, time, context: [] },
    },
    ...{ rawBytes: 1000, rawSha256: '0'.repeat(64), events: 30, counts: { ...none, definitions, transactions: 10 } },
    times: { first: iso(sequence * 10), last: iso(sequence * 10 + 10) },
    received: { first: iso(sequence * 10), last: iso(sequence * 10 + 10) },
  };
}

/** The piece of the tail behind `sequence` segments that holds this minute of it, 100 bytes. */
async function tail(sequence: number, piece: number): Promise<void> {
  const summary = summaryOf(sequence, 0);
  const minute = sequence * 10 + piece;
  const gtids = (at: number) => [`0-1-${at}`];
  const index: LogIndex = {
    ...{ format: 1, header: [], tables: [], statements: [] },
    statementsLeftOut: { definition: 0, change: 0, other: 0 },
    summary: {
      ...{ ...summary, piece },
      begin: { ...summary.begin, position: String(minute * 100), gtids: gtids(minute) },
      end: {
        ...{ ...summary.end, position: String((minute + 1) * 100), gtids: gtids(minute + 1) },
        time: start / 1000 + (minute + 1) * 60,
      },
    },
  };
  const frame = zstdCompressSync(Buffer.from(JSON.stringify(index)));
  const bytes = Buffer.concat([segmentHeader(), frame, segmentTrailer(frame.length)]);
  await storage.write(logPieceKey(stream.id, sequence, piece), bytes);
}

/** A backup of shop.orders at this minute of the log. */
async function backUp(minute: number, change: Partial<TableFile['fragments'][number]> = {}): Promise<void> {
  const id = `01jabcdefghjkmnpqrstv${String(minute).padStart(5, '0')}`;
  const position = { file: 'binlog.000001', offset: String(minute * 100), gtid: `0-1-${minute}` };
  const sample = sampleTable(`${id}-000000`, [], []);
  const table = { ...sample, fragments: sample.fragments.map((fragment) => ({ ...fragment, position, ...change })) };
  const { sha256 } = await writeTableFile(storage, id, table);
  const manifest = sampleManifest(id, table, sha256);
  const node = { node: 'shop', position, serverId: 1, serverUuid: null, preparedXids: [] };
  await publishManifest(storage, { ...manifest, cut: { ...manifest.cut, at: iso(minute), nodes: [node] } });
}

const ask = async (
  cache = new CoverageCache(),
  more: { clusterId?: string; table?: string; until?: Date; archivedElsewhere?: boolean } = {},
) => {
  const { clusterId = '1', table = 'shop.orders', until, archivedElsewhere } = more;
  const archivedUntil = new Map(until ? [[stream.id, until]] : []);
  const facts = await readCoverageFacts({ storage, cache, archivedElsewhere }, { clusterId, table, archivedUntil });
  return tableCoverage({ ...facts, nowMs: Date.parse(iso(1_000)) });
};

test('the coverage of a table is read from a repository alone, and of what archives say of themselves', async () => {
  await seal(60);
  await backUp(15);
  const whole = { ranges: [{ from: iso(15), to: justBefore(60) }], gaps: [], safeUntil: justBefore(60) };
  expect(await ask()).toEqual(whole);
  const until = new Date(iso(75));
  expect((await ask(undefined, { until })).safeUntil).toBe(iso(75));
  // It is so far at the destination that it is archived to, and not where it once was.
  expect(await ask(undefined, { until, archivedElsewhere: true })).toEqual(whole);
  const nothing = { ranges: [], gaps: [], safeUntil: null };
  expect(await ask(undefined, { table: 'shop.other' })).toEqual(nothing);
  expect(await ask(undefined, { clusterId: '2' })).toEqual(nothing);
});

test('what is missing or damaged is a gap with its reason, and hides nothing else', async () => {
  await seal(60);
  await backUp(5);
  await backUp(45);
  await storage.remove(logSegmentKey(stream.id, 2, 'a'));
  const { ranges, gaps } = await ask();
  expect(ranges).toEqual([
    { from: iso(5), to: justBefore(20) },
    { from: iso(45), to: justBefore(60) },
  ]);
  expect(gaps).toMatchObject([{ reason: expect.stringMatching(/segment 2 .* it is missing on the destination$/) }]);
  await writeFile(join(path, logSealKey(stream.id, 1)), '{');
  expect((await ask()).gaps).toMatchObject([
    { from: justBefore(10), to: iso(45), reason: expect.stringMatching(/segment 1 .* is damaged/) },
  ]);
  await storage.remove(logSealKey(stream.id, 1));
  await storage.remove(logSealKey(stream.id, 2));
  expect((await ask()).gaps).toMatchObject([{ reason: expect.stringMatching(/segments 1 to 2 .* are missing/) }]);
});

test('statements are taken from the indexes of those segments alone that have some', async () => {
  const sql = 'ALTER TABLE orders ADD note CHAR(36) DEFAULT (UUID())';
  const place = { file: 'binlog.000001', position: '2500', gtid: '', database: 'shop' };
  await seal(60, [{ kind: 'definition', at: start / 1000 + 25 * 60, sql, ...place }]);
  await backUp(5);
  const read: string[] = [];
  const { read: readPart } = storage;
  storage.read = (key, ...rest) => {
    read.push(key);
    return readPart.call(storage, key, ...rest);
  };
  expect((await ask()).gaps).toMatchObject([{ from: justBefore(25), reason: expect.stringContaining('ALTER TABLE') }]);
  expect(read).toEqual([logSegmentKey(stream.id, 2, 'a')]);
});

test('a table that no log can be laid over has the instants of its backups, and the reason', async () => {
  await seal(60);
  const key = { name: 'of', columns: ['customer'], refDatabase: 'shop', refTable: 'customers', refColumns: ['id'] };
  await backUp(5, { foreignKeys: [{ ...key, onUpdate: 'RESTRICT', onDelete: 'CASCADE' }] });
  const column = { name: 'since', type: 8, flags: 0, charset: 63, decimals: 0, generated: true };
  await backUp(15, { columns: [{ ...column, declared: 'bigint(20) unsigned GENERATED ALWAYS AS ROW START' }] });
  await backUp(25, { foreignKeys: [{ ...key, onUpdate: 'RESTRICT', onDelete: 'RESTRICT' }] });
  const { ranges, gaps } = await ask();
  expect(ranges).toEqual([
    { from: iso(5), to: iso(5) },
    { from: iso(15), to: iso(15) },
    { from: iso(25), to: justBefore(60) },
  ]);
  expect(gaps.map(({ reason }) => reason)).toEqual([
    expect.stringContaining('shop.customers, which of refers to, is not in the backup'),
    expect.stringContaining('shop.orders is versioned by transaction'),
  ]);
});

test('what is there and not as long as it was sealed is told of', async () => {
  await seal(60);
  await backUp(5);
  const whole = await storage.readAll(logSegmentKey(stream.id, 2, 'a'));
  await writeFile(join(path, logSegmentKey(stream.id, 2, 'a')), whole.subarray(0, 9));
  const reason = `segment 2 of the log of node shop cannot be used: it has 9 bytes, and was sealed with ${whole.length}`;
  expect((await ask()).gaps).toMatchObject([{ from: justBefore(20), reason }]);
});

describe('outlines', () => {
  const segments = 70;
  const alter = {
    sql: 'ALTER TABLE orders ADD note CHAR(36) DEFAULT (UUID())',
    file: 'binlog.000001',
    gtid: '',
    database: 'shop',
  };
  const statements: LogStatement[] = [
    { kind: 'definition', at: start / 1000 + 25 * 60, position: '2500', ...alter },
    { kind: 'definition', at: start / 1000 + 645 * 60, position: '64500', ...alter },
  ];
  const sealKeys = () => reads.filter((key) => key.includes('/seals/')).map((key) => Number(key.slice(-15, -5)));
  const outlined = segments - (segments % segmentsPerOutlines);

  beforeEach(async () => {
    await seal(segments * 10, statements);
    await backUp(15);
    await backUp(45);
    await writeMissingOutlines({ lease: { assertHeld: async () => {} } }, storage, stream.id, segments);
    reads = [];
  });

  test('say what seals and indexes say, and few objects are read: one of each so many segments, and what is left', async () => {
    const found = await ask();
    expect(sealKeys().sort((a, b) => a - b)).toEqual(
      Array.from({ length: segments - outlined }, (_, at) => outlined + at),
    );
    expect(reads.filter((key) => key.includes('/outlines/'))).toHaveLength(outlined / segmentsPerOutlines);
    for (let first = 0; first < outlined; first += segmentsPerOutlines)
      await storage.remove(logOutlinesKey(stream.id, first));
    expect(found.gaps).toHaveLength(2);
    reads = [];
    expect(await ask()).toEqual(found);
    // One by one, a month of them would not be there within a second.
    expect(sealKeys()).toHaveLength(segments);
  });

  test('that are damaged are none', async () => {
    const found = await ask();
    const key = logOutlinesKey(stream.id, 0);
    const bytes = await storage.readAll(key);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(path, key), bytes);
    reads = [];
    expect(await ask()).toEqual(found);
    expect(sealKeys()).toContain(segmentsPerOutlines - 1);
  });

  test('hide nothing: what is missing since, or of another length, is a gap all the same', async () => {
    await storage.remove(logSealKey(stream.id, 20));
    expect((await ask()).gaps[1]).toMatchObject({ reason: expect.stringMatching(/segment 20 .* missing/) });
    await writeFile(join(path, logSealKey(stream.id, 10)), '{');
    expect((await ask()).gaps[1]).toMatchObject({ reason: expect.stringMatching(/segment 10 .* is damaged/) });
    await storage.remove(logSegmentKey(stream.id, 9, 'a'));
    expect((await ask()).gaps[1]).toMatchObject({ reason: expect.stringMatching(/segment 9 .* it is missing/) });
  });
});

test('what is sealed is read once', async () => {
  await seal(60);
  await backUp(15);
  const cache = new CoverageCache();
  const first = await ask(cache);
  expect(reads.filter((key) => key.includes('/seals/'))).toHaveLength(6);
  reads = [];
  expect(await ask(cache)).toEqual(first);
  expect(reads).toEqual(['logs/thestream/stream.json']);
  // Of backups it knows so many.
  const small = new CoverageCache(2);
  const manifests = () => reads.filter((key) => key.endsWith('/manifest.json')).length;
  for (const table of ['shop.orders', 'shop.orders', 'shop.a', 'shop.b', 'shop.orders']) await ask(small, { table });
  expect(manifests()).toBe(4);
  // Also what was read is looked for again.
  await storage.remove(logSegmentKey(stream.id, 5, 'a'));
  expect((await ask(cache)).safeUntil).toBe(justBefore(50));
});

test('the tail counts up to where a piece is gone, and one that is damaged is told of', async () => {
  await seal(20);
  await backUp(5);
  // Left behind by the seal: it is nothing more than the segment.
  await tail(1, 3);
  for (const piece of [0, 1, 2]) await tail(2, piece);
  expect(await ask()).toEqual({ ranges: [{ from: iso(5), to: justBefore(23) }], gaps: [], safeUntil: justBefore(23) });
  await storage.remove(logPieceKey(stream.id, 2, 1));
  expect(await ask()).toMatchObject({ gaps: [], safeUntil: justBefore(21) });
  await storage.write(logPieceKey(stream.id, 2, 1), Buffer.alloc(100));
  expect(await ask()).toMatchObject({
    gaps: [{ from: justBefore(21), reason: expect.stringMatching(/not sealed yet, cannot be used: .* is damaged/) }],
    safeUntil: justBefore(21),
  });
});
