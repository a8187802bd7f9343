import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { showDestination } from './list.ts';
import { registerDestination } from './register.ts';
import { removeDestination } from './remove.ts';
import { storeProbe } from './store-probe.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database?.close());
const actor = { kind: 'person', id: null, name: 'olga', role: 'admin' } as const;
const context = () => ({ db: database.db, clock: systemClock, actor });
const code = (error: unknown) => (error as TidemarkError).code;
const disk = { name: 'disk', kind: 'fs', path: '/backups' } as const;

test('a destination has one name, and a failed probe leaves what was known before', async () => {
  const { destinationId } = await registerDestination(context(), disk);
  await expect(registerDestination(context(), disk).catch(code)).resolves.toBe('conflict/name-taken');
  const features = {
    noReplace: true,
    rangeRead: true,
    list: true,
    remove: true,
    freeBytes: 2 ** 41,
    repositoryId: 'r',
  };
  await database.db.$transaction((rows) => storeProbe(rows, destinationId, { features }));
  const error = { code: 'destination/unwritable', message: 'no', hint: '', context: {} } as const;
  await database.db.$transaction((rows) => storeProbe(rows, destinationId, { error }));
  expect(await showDestination(context(), { name: 'disk' })).toMatchObject({
    features,
    freeBytes: 2n ** 41n,
    probeError: error,
    config: { path: '/backups' },
  });
});

test('a destination with work in progress is not removed, one with backups only together with its catalog', async () => {
  const { id: destinationId } = await showDestination(context(), { name: 'disk' });
  const at = new Date();
  const times = { at, startedAt: at, finishedAt: at };
  const sizes = { tableCount: 0, rows: 0, rawBytes: 0, storedBytes: 0 };
  const words = { clusterName: 'bank', clusterKind: 'fdw', method: 'logical', cutProven: true, manifestSha256: 'ab' };
  await database.db.backup.create({ data: { id: 'b1', destinationId, ...words, ...times, ...sizes } });
  const job = { id: 'j1', kind: 'verify', lane: 'long', input: {}, createdBy: 'olga', destinationId };
  await database.db.job.create({ data: job });
  const remove = (forget: boolean) => removeDestination(context(), { destinationId, forget }).catch(code);
  expect(await remove(true)).toBe('conflict/in-use');
  await database.db.job.update({ where: { id: 'j1' }, data: { state: 'succeeded' } });
  expect(await remove(false)).toBe('conflict/in-use');
  expect(await remove(true)).toBeUndefined();
  expect(await database.db.backup.count()).toBe(0);
  await expect(showDestination(context(), { name: 'disk' }).catch(code)).resolves.toBe('not-found');
});
