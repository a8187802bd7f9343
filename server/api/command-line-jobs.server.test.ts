import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Claimed } from '#server/job/claim.ts';
import { addBank, CommandLineStage, secrets, withSecrets } from './command-line-fixture.ts';
import { failed } from './played-jobs-fixture.ts';

const stage = new CommandLineStage();
const { json, tidemark } = stage;
beforeAll(async () => {
  await stage.open();
  await tidemark([...addBank, ...withSecrets], secrets);
  await tidemark(['destination', 'add', 'nas', '--kind', 'fs', '--path', '/var/backups']);
});
beforeEach(() => {
  stage.execute = stage.plays;
});
afterAll(() => stage.close());

describe('backups', () => {
  const run = ['backup', 'run', 'bank', '--wait', '--table'];

  test('a backup that was waited for is told as the contract says, with numbers as numbers', async () => {
    const { code, document } = await json([...run, 'postgres."public".account']);
    expect(code).toBe(0);
    expect(document).toMatchObject({
      jobId: expect.any(String),
      backupId: expect.any(String),
      state: 'succeeded',
      method: 'logical',
    });
    expect(document.tables).toEqual([
      {
        table: 'postgres.public.account',
        outcome: 'succeeded',
        rows: 1_000_000,
        rawBytes: 81_234_567,
        storedBytes: 20_123_456,
        fragments: 4,
      },
    ]);
    const shown = await json(['backup', 'show', document.backupId]);
    expect(shown.document).toMatchObject({ backup: { id: document.backupId, rows: 12 }, tables: [{ rows: 12 }] });
    expect((await json(['backup', 'list', '--cluster', 'bank'])).document.backups).toHaveLength(1);
  });

  test('some tables failed: exit code 3; all failed: 1, and the document has the error', async () => {
    const partly = await json([...run, 'postgres.public.account', 'postgres.public.bad']);
    expect(partly).toMatchObject({ code: 3, document: { state: 'partly', tables: [{}, { error: failed }] } });
    const none = await json([...run, 'postgres.public.bad']);
    expect(none).toMatchObject({ code: 1, document: { state: 'failed', error: { code: 'table/changed' } } });
  });

  test.each([
    ['a terminal, which tells every process', -1],
    ['a process that tells only the first', 1],
  ])('Ctrl-C from %s ends the waiting and not the job, and says so', async (_, group) => {
    let release = () => {};
    let took: (claimed: Claimed) => void = () => {};
    const taken = new Promise<Claimed>((resolve) => {
      took = resolve;
    });
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    stage.execute = async (input, claimed) => {
      took(claimed);
      await held;
      return stage.plays(input);
    };
    const { child, texts, ended } = stage.start([...run, 'postgres.public.account', '--json']);
    const { jobId, number } = await taken;
    await expect.poll(() => texts.stderr, { timeout: 20_000 }).toContain(`job #${number} is running`);
    process.kill(group * child.pid!, 'SIGINT');
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([
      130,
      expect.stringContaining(`job ${number} goes on: tidemark job watch ${number}`),
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ jobId, state: 'running' });
    expect((await json(['job', 'show', jobId])).document.job.state).toBe('running');
    release();
    stage.execute = stage.plays;
    const watched = await json(['job', 'watch', `#${number}`]);
    expect(watched).toMatchObject({ code: 0, document: { jobId, state: 'succeeded', tables: [{ rows: 1_000_000 }] } });
  });
});

describe('restores', () => {
  const restore = (verb: string, ...more: string[]) => ['restore', verb, 'bank', '--backup', 'b1', ...more];
  let backupId: string;
  beforeAll(async () => {
    backupId = (await json(['backup', 'list'])).document.backups[0].id;
  });
  const real = (args: string[]) => args.map((arg) => (arg === 'b1' ? backupId : arg));

  test('a restore runs the plan it made, and is told as the contract says', async () => {
    const { code, document } = await json(
      real(restore('run', '--wait', '--table', 'postgres.public.account=postgres.new."a=b"')),
    );
    expect(code).toBe(0);
    expect(document).toMatchObject({
      state: 'succeeded',
      point: { kind: 'backup', backupId },
      timings: { baseMs: 1, catchUpMs: 0, indexMs: 2, totalMs: 3 },
    });
    expect(document.tables).toEqual([
      {
        source: 'postgres.public.account',
        target: 'postgres.new.a=b',
        outcome: 'succeeded',
        rows: 1_000_000,
        changesApplied: 0,
        digest: '0f',
      },
    ]);
  });

  test('lists of tables and targets come from files', async () => {
    writeFileSync(join(stage.folder, 'tables'), '# two\npostgres.public.account\npostgres.public.b\n');
    writeFileSync(join(stage.folder, 'targets'), 'postgres.x.a\npostgres.x.b\n');
    const planned = await json(real(restore('plan', '--table-list', 'tables', '--restore-target-list', 'targets')));
    expect(planned).toMatchObject({
      code: 0,
      document: {
        planJobId: expect.any(String),
        plan: { tables: [{ target: 'postgres.x.a' }, { target: 'postgres.x.b' }] },
      },
    });
  });

  test('a table that cannot be restored is never silently missing', async () => {
    const some = await json(
      real(restore('run', '--wait', '--table', 'postgres.public.account', 'postgres.public.taken')),
    );
    expect(some).toMatchObject({
      code: 3,
      document: {
        state: 'partly',
        tables: [{ outcome: 'succeeded' }, { outcome: 'failed', error: { code: 'restore/target-exists' } }],
      },
    });
    const only = await json(real(restore('run', '--wait', '--table', 'postgres.public.taken')));
    expect(only).toMatchObject({
      code: 1,
      document: { error: { code: 'restore/target-exists', hint: 'Say --clean.' } },
    });
  });

  test('a failed check stops the restore before it is a job, and is shown', async () => {
    const before = (await json(['job', 'list', '--kind', 'restore'])).document.jobs.length;
    const args = real(restore('run', '--table', 'postgres.public.shaky'));
    expect(await json(args)).toMatchObject({
      code: 1,
      document: { error: { code: 'restore/checks-failed', context: { checks: [{ id: 'privilege' }] } } },
    });
    expect((await tidemark(args)).stderr).toMatch(/bad +Privileges: CREATE is missing\n +Grant CREATE/);
    expect((await tidemark(real(restore('plan', '--table', 'postgres.public.shaky')))).code).toBe(1);
    expect((await json(['job', 'list', '--kind', 'restore'])).document.jobs).toHaveLength(before);
  });
});
