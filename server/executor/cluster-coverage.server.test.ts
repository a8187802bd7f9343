import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { registerDestination } from '#server/destination/register.ts';
import { ask } from '#server/job/ask.ts';
import { showJob } from '#server/job/show.ts';
import { startBackup } from '#server/job/start-backup.ts';
import { eventually } from '#server/job/test-context.ts';
import { type Archived, ArchiveStage } from './archive-stage-fixture.ts';
import { destinationsOf } from './cluster-coverage.ts';

const stage = new ArchiveStage();
beforeAll(() => stage.open());
afterEach(() => stage.clear());
afterAll(() => stage.close());

const coverage = async ({ clusterId }: Archived, table = 'shop.t') =>
  (await ask(stage.context, { ask: 'coverage', clusterId, table })).answer;

async function backUp({ clusterId }: Archived) {
  const { destinationId } = await stage.database.db.logArchive.findUniqueOrThrow({ where: { clusterId } });
  const scope = { all: false, databases: [], schemas: [], tables: ['shop.t'], patterns: [], except: [] };
  const { jobId, backupId } = await startBackup(stage.context, { clusterId, destinationId, scope });
  await eventually('the backup has ended', async () => {
    const { state, error } = await showJob(stage.context, { id: jobId });
    if (state === 'failed') throw new Error(JSON.stringify(error));
    return state === 'succeeded' ? true : null;
  });
  return stage.database.db.backup.findUniqueOrThrow({ where: { id: backupId } });
}

test('an executor says which instants a table can be brought back to, and what could not be read', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await archived.until('it follows', ({ state }) => state === 'following');
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
  expect(await coverage(archived)).toEqual({
    ...{ ranges: [], gaps: [], safeUntil: null },
    ...{ backups: [], logs: [], problems: [] },
  });
  const { id, at } = await backUp(archived);
  await stage.write();
  const written = Date.now();
  const { archivedUntil } = await archived.until('it is archived', (now) => now.archivedUntil!.getTime() > written);
  const found = await coverage(archived);
  expect(found).toMatchObject({ gaps: [], backups: [{ id, at: at.toISOString() }], problems: [] });
  expect(found.ranges).toEqual([{ from: at.toISOString(), to: found.safeUntil }]);
  expect(Date.parse(found.safeUntil!)).toBeGreaterThanOrEqual(archivedUntil!.getTime());
  expect(found.logs).toEqual([{ node: expect.any(String), spans: [expect.objectContaining({ ends: null })] }]);
  // Names are read as people write them.
  expect((await coverage(archived, '"shop"."t"')).backups).toHaveLength(1);

  const { db } = stage.database;
  const path = `${archived.path}-gone`;
  const { destinationId } = await registerDestination(stage.context, { name: 'gone', kind: 'fs', path });
  writeFileSync(path, 'no folder');
  const { id: _, ...row } = await db.backup.findUniqueOrThrow({ where: { id } });
  await db.backup.create({ data: { ...row, id: 'another', destinationId, verifyResult: undefined } });
  expect(await destinationsOf(db, archived.clusterId)).toEqual([
    { id: row.destinationId, isArchive: true, archivedElsewhere: false },
    { id: destinationId, isArchive: false, archivedElsewhere: true },
  ]);
  const partly = await coverage(archived);
  expect(partly).toMatchObject({ ranges: [{ from: at.toISOString() }], problems: [expect.stringContaining(path)] });
  await db.logArchive.deleteMany();
  await db.backup.delete({ where: { id } });
  await expect(coverage(archived)).rejects.toMatchObject({ code: 'destination/unwritable' });
});

test('a name that nobody knows is refused, and does not look like a table without backups', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
  await expect(coverage(archived, 'shop.typo')).rejects.toMatchObject({ code: 'table/not-found' });
  await expect(coverage(archived, 'a.b.c')).rejects.toMatchObject({ code: 'input/invalid' });
  await expect(coverage({ ...archived, clusterId: 'none' })).rejects.toMatchObject({ code: 'not-found' });
});
