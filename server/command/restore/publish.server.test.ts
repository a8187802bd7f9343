import { afterAll, beforeAll, expect, it } from 'vitest';
import { mysqlAccessOf } from '#lab/cluster-access.ts';
import { nodeNamed } from '#lab/node.ts';
import { systemClock } from '#server/base/clock.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { restore } from './restore.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

let fixture: RestoreFixture;
let backupId: string;
const ledger = 'postgres.acct.ledger';
const audit = 'postgres.public.audit_entry';
const here = 'bank-shard_1';
const there = 'bank-shard_2';
const db = '`postgres_$$_acct`';

beforeAll(async () => {
  fixture = await startRestoreFixture(['bank'], 300);
  await fixture.sql(there, 'SET GLOBAL log_bin_trust_function_creators = 1');
  await fixture.sql(here, 'SET GLOBAL log_bin_trust_function_creators = 1');
  backupId = await fixture.backup('bank', [ledger, audit]);
});
afterAll(() => fixture?.stop());

let minute = 0;
const swapOf = (source: string) =>
  fixture.plan('bank', backupId, [{ source }], { clean: true, now: new Date(Date.UTC(2026, 10, 20, 10, minute++)) });
const tables = (node: string) =>
  fixture.sql(node, `SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'postgres%' ORDER BY 1`);
/** Sessions that wait until nobody uses the table any more. */
const waitingFor = (node: string, table: string) =>
  fixture.sql(
    node,
    `SELECT ID FROM information_schema.PROCESSLIST
      WHERE STATE LIKE 'Waiting for table metadata%' AND INFO LIKE '%${table}%'`,
  );
const waitingRenames = async (node: string) =>
  (await fixture.sql(node, `SELECT ID FROM information_schema.PROCESSLIST WHERE INFO LIKE 'RENAME%'`))
    .split('\n')
    .filter(Boolean);
const pieceOn = (node: string, plan: Awaited<ReturnType<typeof swapOf>>) =>
  plan.tables[0]!.fragments.find(({ target }) => `bank-${target.node}` === node)!.target.table;
const mark = (node: string, table: string) => fixture.sql(node, `UPDATE ${db}.\`${table}\` SET amount = 4242 LIMIT 1`);
const marked = (node: string, table: string) =>
  fixture.sql(node, `SELECT count(*) FROM ${db}.\`${table}\` WHERE amount = 4242`);

/** Breaks the swap on one node in the moment when it has become certain on the other. */
function breakThere(job: TestJob, then: (step: string) => Promise<void>): void {
  let isBroken = false;
  job.onStep = async (step) => {
    if (step === 'lease' && !isBroken) {
      for (const id of await waitingRenames(there)) {
        isBroken = true;
        await fixture.sql(there, `KILL ${id}`);
      }
    } else if (isBroken) await then(step);
  };
}

it('no live table is renamed on any node while another node still waits for its own', async () => {
  const plan = await swapOf(ledger);
  const busy = pieceOn(there, plan);
  const free = pieceOn(here, plan);
  const holder = await openMysqlConnection(mysqlAccessOf(nodeNamed(fixture.lab.nodes, there)));
  await holder.execute('BEGIN');
  await holder.query(`SELECT count(*) FROM ${db}.\`${busy}\``);
  const job = new TestJob();
  const running = fixture.run(plan, job);
  await expect.poll(() => waitingFor(there, busy), { timeout: 20_000, interval: 20 }).not.toBe('');
  expect(await tables(here)).not.toContain('_kept_');
  // Held still for seconds at most, and then let through.
  await mark(here, free);
  expect(await tables(here)).not.toContain('_kept_');
  await holder.close();
  const { tables: outcomes, kept } = await running;
  expect(outcomes[0]).toMatchObject({ outcome: 'succeeded', notes: [] });
  const copy = kept[0]!.pieces.find((piece) => piece.live === free)!;
  expect(await marked(here, copy.kept)).toBe('1\n');
  expect(await marked(here, free)).toBe('0\n');
});

it('rows written to a restored table that must give its place back are kept and listed, also when cancelled', async () => {
  const plan = await swapOf(ledger);
  const before = [await tables(here), await tables(there)];
  const live = pieceOn(here, plan);
  await mark(here, live);
  const job = new TestJob();
  breakThere(job, async (step) => {
    if (step !== 'save undoing') return;
    expect(await marked(here, live)).toBe('0\n');
    await mark(here, live);
    await mark(here, live);
    job.stop.abort();
  });
  const { tables: outcomes, kept } = await fixture.run(plan, job);
  expect(outcomes[0]).toMatchObject({ outcome: 'failed', error: { code: 'node/connection-lost' } });
  expect(kept).toHaveLength(1);
  expect(kept[0]!.keptAs).toMatch(/^ledger_undone_\d+_\d+$/);
  const copy = kept[0]!.pieces.find((piece) => piece.live === live)!;
  expect(outcomes[0]!.error!.message).toContain(copy.kept);
  expect(await marked(here, copy.kept)).toBe('1\n');
  expect(await marked(here, live)).toBe('1\n');
  for (const { node, kept: name } of kept[0]!.pieces) await fixture.sql(`bank-${node}`, `DROP TABLE ${db}.\`${name}\``);
  expect([await tables(here), await tables(there)]).toEqual(before);
  expect([await fixture.scratch(here), await fixture.scratch(there)]).toEqual([[], []]);
});

it('a table between two states is told of by a cancelled job, keeps its scratch, and is put right by the next attempt', async () => {
  const plan = await swapOf(ledger);
  const job = new TestJob();
  let obstacle = '';
  breakThere(job, async (step) => {
    if (step !== 'save undoing' || obstacle !== '') return;
    const record = job.notes.get('publish/0') as { pieces: { node: string; undone: { table: string } }[] };
    obstacle = record.pieces.find(({ node }) => `bank-${node}` === here)!.undone.table;
    await fixture.sql(here, `CREATE TABLE ${db}.\`${obstacle}\` (i int)`);
    job.stop.abort();
  });
  const { tables: outcomes } = await fixture.run(plan, job);
  expect(outcomes[0]).toMatchObject({ outcome: 'failed', error: { code: 'restore/half-published' } });
  expect((await fixture.scratch(there)).length).toBeGreaterThan(0);
  await fixture.sql(here, `DROP TABLE ${db}.\`${obstacle}\``);
  job.stop = new AbortController();
  const second = await fixture.run(plan, job);
  expect(second.tables[0]).toMatchObject({ outcome: 'succeeded', error: null });
  expect(second.tables[0]!.notes.join()).toContain(obstacle);
  expect(second.kept.map((copy) => copy.keptAs)).toEqual([plan.tables[0]!.keptAs, expect.stringContaining('_undone_')]);
});

it('an undone publication that could not be written down is begun anew by the next attempt', async () => {
  const plan = await fixture.plan('bank', backupId, [{ source: ledger, target: 'postgres.acct.refused' }]);
  const job = new TestJob();
  job.onStep = async (step) => {
    if (step === 'save publishing') await fixture.query('bank', 'CREATE TABLE acct.refused (i int)');
  };
  expect((await fixture.run(plan, job)).tables[0]!.outcome).toBe('failed');
  await fixture.query('bank', 'DROP TABLE acct.refused');
  job.onStep = () => {};
  job.notes.set('publish/0', { ...(job.notes.get('publish/0') as object), state: 'publishing' });
  expect((await fixture.run(plan, job)).tables[0]).toMatchObject({ outcome: 'succeeded', error: null });
});

it('numbers that the live table gives out while rows are loaded are not given out again', async () => {
  const plan = await swapOf(audit);
  const { node, database, table } = plan.tables[0]!.fragments[0]!.target;
  const at = `\`${database}\`.\`${table}\``;
  const next = () =>
    fixture.sql(
      `bank-${node}`,
      `SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_SCHEMA = '${database}' AND TABLE_NAME = '${table}'`,
    );
  const job = new TestJob();
  let given = '';
  job.onStep = async (step) => {
    if (step !== 'save publishing') return;
    await fixture.sql(`bank-${node}`, `ALTER TABLE ${at} AUTO_INCREMENT = 777000`);
    given = await next();
  };
  expect((await fixture.run(plan, job)).tables[0]).toMatchObject({ outcome: 'succeeded', notes: [] });
  expect(given).toBe('777000\n');
  expect(await next()).toBe(given);
});

it('a live table that changes while rows are loaded is not replaced', async () => {
  const trigger = `CREATE TRIGGER ${db}.late BEFORE INSERT ON ${db}.`;
  for (const [change, back] of [
    [(table: string) => `${trigger}\`${table}\` FOR EACH ROW SET NEW.amount = 1`, () => `DROP TRIGGER ${db}.late`],
    [
      (table: string) => `ALTER TABLE ${db}.\`${table}\` ADD COLUMN late int`,
      (table: string) => `ALTER TABLE ${db}.\`${table}\` DROP COLUMN late`,
    ],
  ] as const) {
    const plan = await swapOf(ledger);
    const table = pieceOn(there, plan);
    const before = [await tables(here), await tables(there)];
    const job = new TestJob();
    job.onStep = async (step) => {
      if (step === 'save publishing') await fixture.sql(there, change(table));
    };
    expect((await fixture.run(plan, job)).tables[0]).toMatchObject({
      outcome: 'failed',
      error: { code: 'restore/plan-stale' },
    });
    expect([await tables(here), await tables(there)]).toEqual(before);
    await fixture.sql(there, back(table));
  }
});

it('a table that is live is never called failed, and its kept copy is listed, whatever fails afterwards', async () => {
  const plan = await swapOf(ledger);
  const job = new TestJob();
  let isLive = false;
  let jump = 0;
  job.onStep = (step) => {
    isLive ||= step === 'save published';
    if (!isLive || !/^(save|lease)/.test(step)) return;
    jump += 120_000; // nobody waits for a minute here
    throw new Error('the journal is away');
  };
  const clock = { now: () => systemClock.now(), monotonicMs: () => systemClock.monotonicMs() + jump };
  const command = { plan, storage: fixture.storage, target: fixture.access('bank') };
  const { tables: outcomes, kept } = await restore(job.attempt(clock), command);
  expect(outcomes[0]).toMatchObject({
    outcome: 'succeeded',
    error: null,
    notes: [expect.stringContaining('written down')],
  });
  expect(kept[0]!.pieces).toHaveLength(4);
  // Scratch is for whoever has the job then.
  job.onStep = () => {};
  const second = await fixture.run(plan, job);
  expect(second).toMatchObject({
    tables: [{ outcome: 'succeeded', error: null, notes: [] }],
    kept: [{ keptAs: plan.tables[0]!.keptAs }],
  });
  expect([await fixture.scratch(here), await fixture.scratch(there)]).toEqual([[], []]);
});
