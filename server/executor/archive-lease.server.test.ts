import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ArchiveStage } from './archive-stage-fixture.ts';

/** With the real timing of leases: each of these waits for one to run out. */
const stage = new ArchiveStage();
beforeAll(() => stage.open());
afterEach(() => stage.clear());
afterAll(() => stage.close());

test('after kill -9 of its executor another one goes on within 30 s, without a gap or a byte twice', async () => {
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

test('an executor that sleeps through its lease and wakes writes nothing more', async () => {
  const archived = await stage.wantArchive();
  const child = await stage.startChild('e1');
  await archived.until('e1 follows', ({ state, executor }) => state === 'following' && executor === 'e1');
  child.kill('SIGSTOP');
  await stage.start('e2');
  await archived.until('e2 has it', ({ state, executor }) => state === 'following' && executor === 'e2', 30_000);
  child.kill('SIGCONT');
  for (let i = 0; i < 10; i++) await stage.write();
  await archived.until('all is archived', await stage.reachesEnd());
  expect(await archived.stream()).toMatchObject({ executor: 'e2', gaps: 0 });
  await stage.proveWhole(archived);
});
