import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { registerDestination } from '#server/destination/register.ts';
import { testContext } from '#server/job/test-context.ts';
import { openBackupPlaces } from './backup-places.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-places-'));
let database: TestDatabase;
const ids: Record<string, string> = {};

beforeAll(async () => {
  database = await startTestDatabase();
  writeFileSync(join(folder, 'broken'), 'no folder');
  for (const name of ['whole', 'broken']) {
    const given = { name, kind: 'fs' as const, path: join(folder, name) };
    ids[name] = (await registerDestination(testContext(database), given)).destinationId;
  }
});
afterAll(async () => {
  await database?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A cluster with its log archive on one destination, and a backup on another. */
async function cluster(archive: string | null, backup: string): Promise<string> {
  const { db } = database;
  const { id } = await db.cluster.create({
    data: { id: `${archive}-${backup}`, name: `${archive}-${backup}`, kind: 'mysql', address: {} },
  });
  const now = new Date();
  await db.backup.create({
    data: {
      ...{ id: `b-${id}`, clusterId: id, clusterName: id, clusterKind: 'mysql', destinationId: ids[backup]! },
      ...{ method: 'logical', at: now, startedAt: now, finishedAt: now, cutProven: true, manifestSha256: '' },
      ...{ tableCount: 0, rows: 0n, rawBytes: 0n, storedBytes: 0n },
    },
  });
  if (archive) await db.logArchive.create({ data: { clusterId: id, destinationId: ids[archive]!, wanted: true } });
  return id;
}

test('a destination of backups that cannot be opened is left out while the log archive can be read', async () => {
  const { places, close } = await openBackupPlaces(database.db, await cluster('whole', 'broken'));
  expect(places.map(({ destinationName }) => destinationName)).toEqual(['whole']);
  await close();
});

test('a log archive that cannot be opened is a fault of its destination, and not a log that nobody archived', async () => {
  const id = await cluster('broken', 'whole');
  await expect(openBackupPlaces(database.db, id)).rejects.toMatchObject({ code: 'destination/unwritable' });
});

test('where no destination can be opened, its fault is told', async () => {
  const id = await cluster(null, 'broken');
  await expect(openBackupPlaces(database.db, id)).rejects.toMatchObject({ code: 'destination/unwritable' });
});
