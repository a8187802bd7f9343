import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { forgetBackup, forgetOthers } from './forget-backup.ts';
import { listKept, recordDropped, recordKept } from './kept.ts';
import { listBackups } from './list-backups.ts';
import { type PublishedBackup, recordBackup } from './record-backup.ts';
import { listBackupTables, showBackup } from './show-backup.ts';

let database: TestDatabase;
const destinationId = 'd1';
const actor = { kind: 'person', id: null, name: 'olga', role: 'admin' } as const;
beforeAll(async () => {
  database = await startTestDatabase();
  await database.db.destination.create({
    data: { id: destinationId, name: 'disk', kind: 'fs', config: { path: '/backups' } },
  });
});
afterAll(() => database?.close());
const context = () => ({ db: database.db, clock: systemClock, actor });

const manifest = (id: string, tables: readonly string[], rows = '9007199254740993'): PublishedBackup => ({
  id,
  cluster: { id: 'gone', name: 'bank', kind: 'fdw' },
  method: 'logical',
  startedAt: '2026-11-20T10:00:00Z',
  finishedAt: '2026-11-20T10:01:00Z',
  cut: { at: '2026-11-20T10:00:01.5Z', proven: true, reason: '', heldMs: 3.25 },
  longestWriterWaitMs: 4,
  tables: tables.map((table, index) => ({
    id: `t${index}`,
    name: { database: 'postgres', schema: 'public', table },
    rows,
    rawBytes: 10,
    storedBytes: 4,
    fragments: 2,
  })),
  failed: [],
});
const record = (published: PublishedBackup, jobId: string | null = null) =>
  database.db.$transaction((rows) =>
    recordBackup(rows, { manifest: published, manifestSha256: 'ab', destinationId, jobId }),
  );

test('a backup is entered with its tables and exact counts; entering it again corrects it', async () => {
  await record(manifest('b1', ['old']), 'job1');
  await record(manifest('b1', ['a.b', 'c']));
  expect(await showBackup(context(), { backupId: 'b1' })).toMatchObject({
    jobId: 'job1',
    clusterId: null,
    clusterName: 'bank',
    destinationName: 'disk',
    at: new Date('2026-11-20T10:00:01.500Z'),
    tableCount: 2,
    rows: 18014398509481986n,
    storedBytes: 8n,
  });
  const { tables } = await listBackupTables(context(), { backupId: 'b1' });
  expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
    ['postgres.public."a.b"', 9007199254740993n],
    ['postgres.public.c', 9007199254740993n],
  ]);
});

test('backups are found by table and text, and a removed one is offered no more', async () => {
  await record(manifest('b2', ['c']));
  await record(manifest('b3', ['d']));
  const ids = async (filter: Parameters<typeof listBackups>[1]) =>
    (await listBackups(context(), filter)).backups.map(({ id }) => id);
  expect(await ids({})).toEqual(['b3', 'b2', 'b1']);
  expect(await ids({ table: 'postgres.public.c' })).toEqual(['b2', 'b1']);
  expect(await ids({ text: 'PUBLIC.D' })).toEqual(['b3']);
  expect(await listBackups(context(), { limit: 2 })).toMatchObject({ next: 'b2' });
  expect(await ids({ limit: 2, after: 'b2' })).toEqual(['b1']);
  await database.db.$transaction((rows) => forgetBackup(rows, 'b2', new Date()));
  expect(await ids({})).toEqual(['b3', 'b1']);
  expect(await ids({ withRemoved: true })).toEqual(['b3', 'b2', 'b1']);
  await database.db.$transaction((rows) => forgetOthers(rows, destinationId, ['b1'], new Date()));
  expect(await ids({})).toEqual(['b1']);
  await record(manifest('b3', ['d']));
  expect(await ids({})).toEqual(['b3', 'b1']);
});

test('a backup of 20,000 tables is entered in one transaction', async () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `table_${n}`);
  const began = performance.now();
  await record(manifest('b9', many, '1000'));
  console.info(`entered in ${(performance.now() - began).toFixed(0)} ms`);
  expect(await database.db.backupTable.count({ where: { backupId: 'b9' } })).toBe(20_000);
});

test('a kept copy is listed until it is dropped, once, however often the end is written', async () => {
  const copy = {
    table: 'postgres.public.t',
    keptAs: 't_kept',
    bytes: 42,
    pieces: [{ node: 's1', database: 'd', live: 't', kept: 't_kept' }],
  };
  const kept = { jobId: 'job1', clusterId: 'c1', expiresAt: new Date('2026-12-01T00:00:00Z') };
  for (let times = 0; times < 2; times++) await database.db.$transaction((rows) => recordKept(rows, kept, [copy]));
  const [only, ...others] = await listKept(context(), { clusterId: 'c1' });
  expect(others).toEqual([]);
  expect(only).toMatchObject({ ...copy, bytes: 42n, expiresAt: kept.expiresAt });
  await database.db.$transaction((rows) => recordDropped(rows, only!.id, new Date()));
  expect(await listKept(context())).toEqual([]);
});
