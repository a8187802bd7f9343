import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '#server/base/abort.ts';
import type { RestorePlan } from '#server/contract/restore.ts';
import { handingBack } from '../attempt.ts';
import type { KillOrder } from './killed-load-fixture.ts';
import { restore } from './restore.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

const rows = 24_000;
let fixture: RestoreFixture;
let backupId: string;
const tables = { 'a table with a primary key': 'big.keyed', 'a table without any key': 'big.keyless' };

beforeAll(async () => {
  fixture = await startRestoreFixture(['shop'], 50);
  const columns = 'id INT, v VARCHAR(1100), n INT';
  await fixture.sql(
    'shop',
    `CREATE DATABASE big; USE big; CREATE TABLE keyed (${columns}, PRIMARY KEY (id), KEY (n), KEY (n, id));
     CREATE TABLE keyless (${columns}, KEY (n)); CREATE TABLE aria (${columns}) ENGINE = Aria;
     INSERT INTO keyed SELECT seq, REPEAT(CHAR(97 + seq % 26), 1000), seq % 7 FROM seq_1_to_${rows};
     INSERT INTO keyless SELECT id DIV 3, v, n FROM keyed; INSERT INTO aria SELECT * FROM keyed`,
  );
  backupId = await fixture.backup('shop', [...Object.values(tables), 'big.aria']);
});
afterAll(() => fixture?.stop());

const access = () => fixture.access('shop');

/** An attempt in a process of its own that dies at `at`; answers with its id. */
async function killed(plan: RestorePlan, at: KillOrder['at'], earlierAttempts: string[] = []): Promise<string> {
  const child = begin(plan, at, 'SIGKILL', earlierAttempts);
  const ended = once(child, 'exit');
  const attemptId = await text(child.stdout);
  expect((await ended)[1]).toBe('SIGKILL');
  return attemptId;
}

function begin(plan: RestorePlan, at: KillOrder['at'], by: KillOrder['by'], earlierAttempts: string[] = []) {
  const path = join(fixture.folder, 'store');
  const order: KillOrder = { plan, target: access(), path, earlierAttempts, at, by };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-load-fixture.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(order));
  return child;
}

/** An attempt that nobody kills, after others; with the rows that the server was made to write meanwhile. */
async function last(plan: RestorePlan, earlierAttempts: string[]) {
  const job = new TestJob();
  const before = await written();
  const attempt = { ...job.attempt(), earlierAttempts };
  const { tables } = await restore(attempt, { plan, storage: fixture.storage, target: access() });
  return { outcome: tables[0]!, events: job.events.map(({ message }) => message), rows: (await written()) - before };
}

const written = async () =>
  Number((await fixture.sql('shop', "SHOW GLOBAL STATUS LIKE 'Handler_write'")).split('\t')[1]);

async function expectCopy(plan: RestorePlan): Promise<void> {
  const { source, target } = plan.tables[0]!;
  const sums = await fixture.sql('shop', `CHECKSUM TABLE ${source}, ${target} EXTENDED`);
  const [a, b] = sums
    .trim()
    .split('\n')
    .map((line) => line.split('\t')[1]);
  expect(a).toBe(b);
  expect(await fixture.scratch('shop')).toEqual([]);
  const [was, is] = await Promise.all([source, target].map((name) => fixture.sql('shop', `SHOW CREATE TABLE ${name}`)));
  const keys = (create: string) => create.split('\\n').filter((line) => line.includes('KEY'));
  expect(keys(is!)).toEqual(keys(was!));
  await fixture.sql('shop', `DROP TABLE ${target}`);
}

describe.each(Object.entries(tables))('%s', (_, source) => {
  it('comes back whole after kill -9 in the middle of its rows, and rows that were committed are not sent again', async () => {
    const plan = await fixture.plan('shop', backupId, [{ source }]);
    const first = await killed(plan, { phase: 'rows', rows: 13_000 });
    const second = await killed(plan, { phase: 'rows', rows: 18_000 }, [first]);
    const { outcome, events, rows: sent } = await last(plan, [first, second]);
    expect(outcome).toMatchObject({ outcome: 'succeeded', rows });
    const kept = Number(/behind the (\d+) rows/.exec(events.join('\n'))?.[1]);
    expect(kept).toBeGreaterThan(5_000);
    expect(kept).toBeLessThan(rows);
    // What is written besides are marks, and answers of the catalogs.
    expect(sent).toBeGreaterThanOrEqual(rows - kept);
    expect(sent).toBeLessThan(rows - kept + 1_000);
    await expectCopy(plan);
  });

  it.each(['indexes', 'compare'])(
    'comes back after kill -9 at the step %s, and no row is sent again',
    async (phase) => {
      const plan = await fixture.plan('shop', backupId, [{ source }]);
      const first = await killed(plan, { phase, rows: 0 });
      const { outcome, rows: sent } = await last(plan, [first]);
      expect(outcome).toMatchObject({ outcome: 'succeeded', rows });
      expect(sent).toBeLessThan(1_000);
      await expectCopy(plan);
    },
  );
});

it('an executor that sleeps through its end finds nothing to write to when it wakes', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table without any key'] }]);
  const child = begin(plan, { phase: 'rows', rows: 13_000 }, 'SIGSTOP');
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  const asleep = () => / T /.test(readFileSync(`/proc/${child.pid}/stat`, 'utf8').replace(/^.*\)/, ''));
  while (!asleep()) await pause(20);
  const { outcome, rows: sent } = await last(plan, [first.toString()]);
  expect(outcome).toMatchObject({ outcome: 'succeeded', rows });
  expect(sent).toBeLessThan(rows);
  child.kill('SIGCONT');
  await once(child, 'exit');
  await expectCopy(plan);
});

it('an executor that is stopped leaves what it had loaded to the next one', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table without any key'] }]);
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'rows running' && (job.reports.at(-1)!.rowsDone ?? 0) >= 13_000) job.stop.abort(handingBack());
  };
  await expect(fixture.run(plan, job)).rejects.toMatchObject({ code: 'job/cancelled' });
  job.onStep = () => {};
  job.stop = new AbortController();
  const { tables: outcomes } = await fixture.run(plan, job);
  expect(outcomes[0]).toMatchObject({ outcome: 'succeeded', rows });
  expect(job.events.map(({ message }) => message).join('\n')).toMatch(/behind the [1-9]\d{3,} rows/);
  await expectCopy(plan);
});

it('a job that is cancelled leaves nothing', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table without any key'] }]);
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'rows running' && (job.reports.at(-1)!.rowsDone ?? 0) >= 13_000) job.stop.abort();
  };
  await expect(fixture.run(plan, job)).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await fixture.scratch('shop')).toEqual([]);
});

it('a job that is cancelled while no executor has it leaves nothing', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table without any key'] }]);
  const first = await killed(plan, { phase: 'rows', rows: 13_000 });
  const job = new TestJob();
  job.stop.abort();
  const attempt = { ...job.attempt(), earlierAttempts: [first] };
  const running = restore(attempt, { plan, storage: fixture.storage, target: access() });
  await expect(running).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await fixture.scratch('shop')).toEqual([]);
});

it('an executor that is stopped before it begins leaves to the next one what another had loaded', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table without any key'] }]);
  const first = await killed(plan, { phase: 'rows', rows: 13_000 });
  const job = new TestJob();
  job.stop.abort(handingBack());
  const attempt = { ...job.attempt(), earlierAttempts: [first] };
  const running = restore(attempt, { plan, storage: fixture.storage, target: access() });
  await expect(running).rejects.toMatchObject({ code: 'job/cancelled' });
  const { outcome, events } = await last(plan, [first, attempt.attemptId]);
  expect(outcome).toMatchObject({ outcome: 'succeeded', rows });
  expect(events.join('\n')).toMatch(/behind the [1-9]\d{3,} rows/);
  await expectCopy(plan);
});

it('a load whose marks cannot be gone by is begun anew, which is said', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: tables['a table with a primary key'] }]);
  const first = await killed(plan, { phase: 'rows', rows: 13_000 });
  await fixture.sql('shop', `UPDATE tidemark_${first}_1.tidemark_load_0_0 SET row_count = 9 WHERE chunk = -1`);
  const { outcome, events } = await last(plan, [first]);
  expect(outcome.outcome).toBe('succeeded');
  expect(events.join('\n')).toContain('is loaded from its first row');
  await expectCopy(plan);
});

it('a table of an engine that does not roll back is begun anew, which is said', async () => {
  const plan = await fixture.plan('shop', backupId, [{ source: 'big.aria' }]);
  const first = await killed(plan, { phase: 'rows', rows: 13_000 });
  const { outcome, events } = await last(plan, [first]);
  expect(outcome.outcome).toBe('succeeded');
  expect(events.join('\n')).toContain('is loaded from its first row');
  await expectCopy(plan);
});
