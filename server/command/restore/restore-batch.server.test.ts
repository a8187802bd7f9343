import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { falsify } from './backup-fixture.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

let fixture: RestoreFixture;
let backupId: string;
const count = 40;
const names = Array.from({ length: count }, (_, n) => `t${String(n).padStart(2, '0')}`);
const sources = names.map((name) => `small.${name}`);

beforeAll(async () => {
  fixture = await startRestoreFixture(['shop'], 100);
  const tables = names.map(
    (
      name,
      n,
    ) => `CREATE TABLE ${name} (id int AUTO_INCREMENT PRIMARY KEY, word varchar(20) UNIQUE, at timestamp(3) NULL,
        amount decimal(9,2) DEFAULT 1, KEY by_amount (amount), KEY by_at (at DESC)) AUTO_INCREMENT = ${1000 + n};
      INSERT INTO ${name} (id, word) SELECT seq, concat('${name} ', seq) FROM seq_1_to_40 WHERE seq <= ${n};`,
  );
  await fixture.sql('shop', `CREATE DATABASE small; USE small; ${tables.join('\n')}`);
  backupId = await fixture.backup('shop', sources);
});
afterAll(() => fixture?.stop());
afterEach(async () => {
  expect(await fixture.scratch('shop')).toEqual([]);
  await fixture.sql('shop', 'DROP DATABASE IF EXISTS back');
});

const planned = (some = names) =>
  fixture.plan(
    'shop',
    backupId,
    some.map((name) => ({ source: `small.${name}`, target: `back.${name}` })),
  );

/** Definitions and rows by the server's own client. */
function contents(database: string, some = names): Promise<string> {
  const questions = some.map((name) => `SHOW CREATE TABLE ${database}.${name}; SELECT * FROM ${database}.${name};`);
  return fixture.sql('shop', questions.join(''));
}

const there = async () =>
  (await fixture.sql('shop', "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'back' ORDER BY 1"))
    .split('\n')
    .filter(Boolean);

const renames = async () =>
  Number((await fixture.sql('shop', "SHOW GLOBAL STATUS LIKE 'Com_rename_table'")).trim().split('\t').at(-1));

it('many small tables come back with rows, indexes and next numbers, renamed together', async () => {
  const before = await renames();
  const { tables } = await fixture.run(await planned());
  expect(tables.map(({ outcome, rows }) => [outcome, rows])).toEqual(names.map((_, n) => ['succeeded', n]));
  expect(await contents('back')).toBe(await contents('small'));
  expect((await renames()) - before).toBe(2);
});

it('a table whose name was taken meanwhile fails alone, and the others of its batch are there', async () => {
  const job = new TestJob();
  job.onStep = async (step) => {
    if (step !== 'save all publishing') return;
    await fixture.sql('shop', 'CREATE DATABASE IF NOT EXISTS back; CREATE TABLE IF NOT EXISTS back.t05 (a int)');
  };
  const { tables } = await fixture.run(await planned(), job);
  expect(tables.filter(({ outcome }) => outcome !== 'succeeded')).toMatchObject([
    { source: 'small.t05', error: { code: 'restore/target-exists' } },
  ]);
  expect(await there()).toEqual(names);
  expect(await fixture.sql('shop', 'SHOW CREATE TABLE back.t05')).toContain('`a` int');
});

it('a table that differs from what the backup recorded fails alone, and the others of its batch are there', async () => {
  const whole = backupId;
  backupId = await fixture.backup('shop', sources);
  await falsify(fixture.storage, backupId, ({ fragments: [fragment] }) => {
    fragment!.digest = fragment!.digest.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
  });
  const { tables } = await fixture.run(await planned());
  backupId = whole;
  const failed = tables.filter(({ outcome }) => outcome !== 'succeeded');
  expect(failed).toMatchObject([{ error: { code: 'restore/not-equal' } }]);
  expect(await there()).toEqual(names.filter((name) => `small.${name}` !== failed[0]!.source));
});

it('an attempt that stops at any step is followed by one that ends the same way', { timeout: 100_000 }, async () => {
  const few = names.slice(0, 5);
  const truth = await contents('small', few);
  for (let at = 1, ended = false; !ended; at++) {
    const plan = await planned(few);
    const job = new TestJob();
    let seen = 0;
    let wake = () => {};
    const asleep = new Promise<'asleep'>((reached) => {
      job.onStep = (step) => {
        if ((!step.startsWith('lease') && !step.startsWith('save')) || ++seen !== at) return;
        reached('asleep');
        return new Promise<void>((resolve) => {
          wake = resolve;
        });
      };
    });
    const running = fixture.run(plan, job).then(
      () => null,
      (error: unknown) => error,
    );
    ended = (await Promise.race([asleep, running.then(() => 'ended')])) === 'ended';
    job.onStep = () => {};
    if (!ended) {
      const { tables } = await fixture.run(plan, job);
      expect(tables.filter(({ outcome, notes }) => outcome !== 'succeeded' || notes.length > 0)).toEqual([]);
    }
    wake();
    const woken = await running;
    if (woken)
      expect(woken).toMatchObject({ code: expect.stringMatching(/^(job\/lease-lost|node\/connection-lost)$/) });
    await pause(20);
    expect(await contents('back', few)).toBe(truth);
    expect(await fixture.scratch('shop')).toEqual([]);
    await fixture.sql('shop', 'DROP DATABASE back');
    if (ended) expect(at).toBeGreaterThan(7);
  }
});

it('a job cancelled before the tables are renamed leaves nothing of them', async () => {
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'save all publishing') job.stop.abort();
  };
  await expect(fixture.run(await planned(), job)).rejects.toMatchObject({ code: 'job/cancelled' });
  expect(await there()).toEqual([]);
});
