import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startMariadb } from '#lab/mariadb-server.ts';
import { storeCredentials } from '#server/cluster/credentials.ts';
import { startArchive } from '#server/log-archive/start.ts';
import { stopArchive } from '#server/log-archive/stop.ts';
import { ArchiveStage, password } from './archive-stage-fixture.ts';
import { testKeyring } from './test-executor.ts';

const stage = new ArchiveStage();
beforeAll(() => stage.open());
afterEach(() => stage.clear());
afterAll(() => stage.close());

test('an archive follows the log, says how far and how far behind, and stops sealed', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await archived.until('it follows', ({ state }) => state === 'following');
  await stage.write();
  const committed = Date.now();
  const there = await stage.reachesEnd();
  const stream = await archived.until('the commit is archived', there, 5_000);
  expect(stream).toMatchObject({ state: 'following', reason: null, executor: 'e1', gaps: 0, lastGap: null });
  expect(Math.abs(stream.committedAt!.getTime() - committed)).toBeLessThan(2_500);
  const caughtUp = await archived.until('everything is archived', (now) => now.archivedUntil!.getTime() >= committed);
  expect(caughtUp.lagMs).toBeLessThan(3_000);
  expect(caughtUp.logBytes).toBeGreaterThan(0n);
  expect(caughtUp.writtenBytes).toBeGreaterThan(0n);
  await archived.until('the CPU is known', ({ executorCpu }) => executorCpu !== null && executorCpu > 0);

  await stopArchive(stage.context, archived);
  const stopped = await archived.until('it has stopped', ({ state }) => state === 'stopped');
  expect(stopped).toMatchObject({ executor: null, executorCpu: null, lagMs: null });
  expect(stopped.segments).toBeGreaterThan(0);
  await stage.write();
  await startArchive(stage.context, archived);
  await archived.until('it goes on', await stage.reachesEnd());
  await stage.proveWhole(archived);
  const actions = await stage.database.db.auditEvent.findMany({ where: { action: { startsWith: 'archive.' } } });
  expect(actions.map(({ action }) => action).sort()).toEqual(['archive.start', 'archive.start', 'archive.stop']);
});

test('an executor that stops hands the log over at once', async () => {
  const archived = await stage.wantArchive();
  const first = await stage.start('e1');
  await archived.until('e1 follows', ({ state }) => state === 'following');
  await stage.start('e2');
  const from = performance.now();
  await first.stop();
  await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2');
  expect(performance.now() - from).toBeLessThan(10_000);
});

test('while the server is down it is paused and says why, the lag grows, and it goes on when the server is back', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  const before = await archived.until('it follows', ({ state, lagMs }) => state === 'following' && lagMs !== null);
  await stage.node.stop();
  const paused = await archived.until('it is paused', ({ state }) => state === 'paused');
  expect(paused.reason).toMatchObject({ code: expect.stringMatching(/^node\//), message: expect.any(String) });
  await archived.until('the lag grows', ({ lagMs }) => lagMs! > before.lagMs! + 3_000);
  const { folder, port } = stage.node;
  stage.node = await startMariadb({ folder, port, ephemeral: true });
  await stage.write();
  await archived.until('it goes on', await stage.reachesEnd(), 40_000);
  const after = await archived.until('it has caught up', ({ state, lagMs }) => state === 'following' && lagMs! < 3_000);
  expect(after).toMatchObject({ reason: null, gaps: 0 });
  await stage.proveWhole(archived);
});

test('what waiting does not help against is said, tried again after a wait that is shown, and mended by new credentials', async () => {
  const archived = await stage.wantArchive('wrong');
  await stage.start();
  const failed = await archived.until('it failed', ({ state, retryAt }) => state === 'failed' && retryAt !== null);
  expect(failed.reason).toMatchObject({ code: 'node/access-denied' });
  expect(failed.retryAt!.getTime()).toBeGreaterThan(Date.now() - 1_000);
  const main = { user: 'tidemark', password: password, tls: { mode: 'disable' as const } };
  await stage.database.db.$transaction((rows) => storeCredentials(rows, testKeyring, archived.clusterId, { main }));
  const well = await archived.until('it follows', ({ state }) => state === 'following', 40_000);
  expect(well).toMatchObject({ reason: null, retryAt: null });
});

test('while commits come without a pause the lag that is told stays that of the last of them', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await archived.until('it follows', ({ state, lagMs }) => state === 'following' && lagMs !== null);
  let writes = true;
  const writing = (async () => {
    while (writes) await stage.write();
  })();
  const lags: number[] = [];
  const from = performance.now();
  while (performance.now() - from < 6_000) {
    lags.push((await archived.stream()).lagMs!);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  writes = false;
  await writing;
  // The time of a commit is told in whole seconds, an object is made every second, and the row is written once a second.
  process.stdout.write(`lag while commits come without a pause: at most ${Math.max(...lags)} ms\n`);
  expect(Math.max(...lags)).toBeLessThan(5_000);
  expect(lags.length).toBeGreaterThan(20);
});

test('a log that does not go on where the archive ended is a gap, told with its reason', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await stage.write();
  await archived.until('it has the commit', await stage.reachesEnd());
  await stopArchive(stage.context, archived);
  await archived.until('it has stopped', ({ state }) => state === 'stopped');
  await stage.write();
  await stage.node.sql('FLUSH BINARY LOGS; FLUSH BINARY LOGS; RESET MASTER');
  await stage.write();
  await startArchive(stage.context, archived);
  const after = await archived.until('it goes on', ({ state, gaps }) => state === 'following' && gaps > 0);
  expect(after).toMatchObject({ gaps: 1, lastGap: { at: expect.any(String), message: expect.stringMatching(/\w/) } });
});
