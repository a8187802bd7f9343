import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysqlAccessOf } from '#lab/cluster-access.ts';
import { nodeNamed } from '#lab/node.ts';
import { pause } from '#server/base/abort.ts';
import type { RestorePlan } from '#server/contract/restore.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

let fixture: RestoreFixture;
let backupId: string;
const ledger = 'postgres.acct.ledger';
const card = 'postgres.public.card';

beforeAll(async () => {
  fixture = await startRestoreFixture(['bank'], 300);
  await fixture.sql(
    'bank-shard_2',
    `SET GLOBAL log_bin_trust_function_creators = 1;
    CREATE TRIGGER \`postgres_$$_public\`.card_up BEFORE INSERT ON \`postgres_$$_public\`.card FOR EACH ROW SET NEW.number = upper(NEW.number)`,
  );
  backupId = await fixture.backup('bank', [ledger, card]);
});
afterAll(() => fixture?.stop());

/** All that a person can see: relations, storage tables with their keys and triggers, and the rows that count. */
async function visible(): Promise<unknown> {
  const relations = await fixture.query(
    'bank',
    "SELECT relname, relkind FROM pg_class WHERE relkind IN ('p','f') ORDER BY 1",
  );
  const rows = await fixture.query(
    'bank',
    'SELECT region AS leaf, count(*)::int AS n, sum(amount)::text AS s FROM acct.ledger GROUP BY 1 ORDER BY 1',
  );
  const nodes: string[] = [];
  for (const node of ['bank-shard_1', 'bank-shard_2']) {
    nodes.push(
      await fixture.sql(
        node,
        `
      SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'postgres%' ORDER BY 1, 2;
      SELECT CONSTRAINT_NAME, TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS ORDER BY 1, 2;
      SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA LIKE 'postgres%' ORDER BY 1;
      SHOW DATABASES LIKE 'tidemark%'`,
      ),
    );
  }
  return { relations, rows, nodes };
}

/** Runs to its `at`-th visible step and stays there, as a process does that is killed or stopped. Null = it ended. */
async function runUntil(plan: RestorePlan, job: TestJob, at: number) {
  let seen = 0;
  let wake = () => {};
  const asleep = new Promise<string>((reached) => {
    job.onStep = async (step) => {
      if (!step.startsWith('lease') && !step.startsWith('save')) return;
      if (++seen !== at) return;
      reached(step);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    };
  });
  const running = fixture.run(plan, job).then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const step = await Promise.race([asleep, running.then(() => null)]);
  job.onStep = () => {};
  return { step, running, wake: () => wake() };
}

describe('an attempt that stops at any step is followed by one that ends the same way', () => {
  for (const [what, source, clean] of [
    ['a new table of four pieces on two nodes', ledger, false],
    ['an in-place swap of four pieces on two nodes', ledger, true],
    ['an in-place swap with keys and triggers', card, true],
  ] as const) {
    it(what, { timeout: 400_000 }, async () => {
      const before = await visible();
      let steps = 0;
      for (let at = 1; ; at++) {
        const now = new Date(Date.UTC(2026, 10, 20, 10, at));
        const plan = await fixture.plan('bank', backupId, [{ source }], { clean, now });
        expect(plan.tables[0]!.problem).toBeNull();
        const job = new TestJob();
        const { step, running, wake } = await runUntil(plan, job, at);
        if (step === null) {
          expect(await running).toMatchObject({ result: { tables: [{ outcome: 'succeeded' }] } });
          await takeBack(plan, before);
          break;
        }
        steps++;
        const { tables, kept } = await fixture.run(plan, job);
        expect([at, step, tables[0]!.outcome, tables[0]!.error, tables[0]!.notes]).toEqual([
          at,
          step,
          'succeeded',
          null,
          [],
        ]);
        expect(kept.flatMap((copy) => copy.pieces)).toHaveLength(clean ? plan.tables[0]!.fragments.length : 0);
        const after = await visible();
        // The first attempt wakes up: whatever it still does, nobody may see a difference.
        wake();
        const woken = await running;
        if ('error' in woken)
          expect(woken.error).toMatchObject({
            code: expect.stringMatching(/^(job\/lease-lost|node\/connection-lost)$/),
          });
        await pause(20);
        expect(await visible()).toEqual(after);
        await takeBack(plan, before);
      }
      expect(steps).toBeGreaterThan(clean ? 5 : 8);
    });
  }
});

/** Puts the cluster back as it was, by hand. */
async function takeBack(plan: RestorePlan, before: unknown) {
  const [table] = plan.tables;
  if (table!.mode === 'beside') await fixture.query('bank', `DROP TABLE acct."${table!.target.split('.').at(-1)}"`);
  for (const { target } of table!.fragments) {
    const at = (name: string) => `\`${target.database}\`.\`${name}\``;
    const kept = `${target.table}_kept_${plan.madeAt.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')}`;
    const drop = table!.mode === 'beside' ? at(target.table) : at(kept);
    await fixture.sql(`bank-${target.node}`, `DROP TABLE ${drop}`);
  }
  expect(await visible()).toEqual(before);
}

it('a table that an earlier attempt published is reported as it was and not done again', async () => {
  const plan = await fixture.plan('bank', backupId, [
    { source: ledger, target: 'postgres.acct.first' },
    { source: card, target: 'postgres.public.second' },
  ]);
  const job = new TestJob();
  const first = await fixture.run(plan, job);
  const reports = job.reports.length;
  const second = await fixture.run(plan, job);
  expect(second.tables).toEqual(first.tables);
  expect(job.reports).toHaveLength(reports);
});

it('a swap that waits for a long transaction can be cancelled, and nothing was renamed anywhere', async () => {
  const before = await visible();
  const plan = await fixture.plan('bank', backupId, [{ source: ledger }], { clean: true });
  const job = new TestJob();
  const holder = await openMysqlConnection(mysqlAccessOf(nodeNamed(fixture.lab.nodes, 'bank-shard_2')));
  await holder.execute('BEGIN');
  await holder.query('SELECT count(*) FROM `postgres_$$_acct`.ledger_us_old');
  job.onStep = (step) => {
    if (step === 'save publishing') setTimeout(() => job.stop.abort(), 1_500);
  };
  await expect(fixture.run(plan, job)).rejects.toMatchObject({ code: 'job/cancelled' });
  await holder.close();
  expect(await visible()).toEqual(before);
});
