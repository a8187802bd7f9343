import { afterAll, expect, test } from 'vitest';
import { eventually } from '#server/job/test-context.ts';
import { ArchiveStage } from './archive-stage-fixture.ts';

/** With the real timing of leases: each waits for one to run out, side by side on stages of their own. */
const stages = [new ArchiveStage(), new ArchiveStage()] as const;
afterAll(() => Promise.all(stages.map((stage) => stage.close())));

test.concurrent('after kill -9 of its executor another one goes on within 30 s, without a gap or a byte twice', async () => {
  const [stage] = stages;
  await stage.open();
  const archived = await stage.wantArchive();
  const child = await stage.startChild('e1');
  await archived.until('e1 follows', ({ state, executor }) => state === 'following' && executor === 'e1');
  await stage.start('e2');
  const writing = setInterval(() => void stage.write().catch(() => {}), 50);
  try {
    await archived.until('it is in the middle', await stage.reachesEnd());
    child.kill('SIGKILL');
    const killed = performance.now();
    await archived.until(
      'it is told',
      ({ state, reason }) => state === 'paused' && reason?.code === 'job/executor-lost',
    );
    await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2', 30_000);
    expect(performance.now() - killed).toBeLessThan(30_000);
  } finally {
    clearInterval(writing);
  }
  await stage.write();
  await archived.until('all is archived', await stage.reachesEnd());
  await stage.proveWhole(archived);
  expect(await archived.stream()).toMatchObject({ gaps: 0 });
});

test.concurrent('an executor that sleeps through its lease and wakes writes nothing more, until it takes the log anew', async () => {
  const [, stage] = stages;
  await stage.open();
  const archived = await stage.wantArchive();
  const child = await stage.startChild('e1');
  await archived.until('e1 follows', ({ state }) => state === 'following');
  child.kill('SIGSTOP');
  // Wanted, but nobody's to take: whatever appears was written by the one that slept.
  const { logStream } = stage.database.db;
  await logStream.updateMany({ data: { retryAt: new Date(Date.now() + 3_600_000) } });
  await archived.until('its lease has run out', ({ executor }) => executor === null, 30_000);
  const before = await stage.objects(archived);
  await stage.write();
  child.kill('SIGCONT');
  await stage.write();
  // It says every five seconds that it is there: by then it has had the time to read, to cut and to seal.
  const longAwake = new Date(Date.now() + 4_000);
  await eventually('it has been awake for a while', () =>
    stage.database.db.executor.findFirst({ where: { name: 'e1', heartbeatAt: { gt: longAwake } } }),
  );
  expect(await stage.objects(archived)).toEqual(before);

  await logStream.updateMany({ data: { retryAt: null } });
  await archived.until('it has the log again', await stage.reachesEnd());
  expect(await archived.stream()).toMatchObject({ executor: 'e1', gaps: 0 });
  await stage.proveWhole(archived);
});
