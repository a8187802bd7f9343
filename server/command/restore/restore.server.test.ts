import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hasCode } from '#server/base/error.ts';
import { readManifest } from '#server/manifest/read.ts';
import { falsify } from './backup-fixture.ts';
import { dropKept } from './drop-kept.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

let fixture: RestoreFixture;
const account = 'postgres.public.transfer_account';
const ledger = 'postgres.acct.ledger';
const now = new Date('2026-11-20T10:15:00Z');

beforeAll(async () => {
  fixture = await startRestoreFixture(['bank', 'bank2'], 12_000);
});
afterAll(() => fixture?.stop());
afterEach(async () => {
  for (const node of ['bank-shard_1', 'bank-shard_2', 'bank2-store_1']) expect(await fixture.scratch(node)).toEqual([]);
});

type Cluster = 'bank' | 'bank2';
const accounts = async (cluster: Cluster, table: string) =>
  (
    await fixture.query(
      cluster,
      `SELECT count(*)::int AS n, sum(id)::text AS ids, sum(balance)::text AS total FROM ${table}`,
    )
  )[0];
const relations = async (cluster: Cluster) =>
  (await fixture.query(cluster, "SELECT relname FROM pg_class WHERE relkind IN ('p','f') ORDER BY 1")).map(
    (row) => row.relname,
  );
const tablesOn = async (node: string) =>
  fixture.sql(
    node,
    "SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'postgres%' ORDER BY 1, 2",
  );
const world = async () => [
  await relations('bank'),
  await relations('bank2'),
  await tablesOn('bank-shard_1'),
  await tablesOn('bank-shard_2'),
  await tablesOn('bank2-store_1'),
];

describe('beside the live table', () => {
  it('a partitioned table comes back equal, with its comments and grants, readable through the computing node', async () => {
    const backupId = await fixture.backup('bank', [account]);
    const plan = await fixture.plan('bank', backupId, [{ source: account }], { now });
    expect(plan.tables[0]).toMatchObject({
      problem: null,
      mode: 'beside',
      target: `${account}_restored_20261120_101500`,
    });
    expect(plan.checks.filter((check) => check.state === 'bad')).toEqual([]);
    expect(plan.tables[0]!.willNotComeBack).toContain('View public.open_account keeps reading the live table.');
    const job = new TestJob();
    const { tables, kept } = await fixture.run(plan, job);
    expect(tables).toMatchObject([{ outcome: 'succeeded', error: null, rows: 12_000, fragments: 4, notes: [] }]);
    expect(tables[0]!.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(kept).toEqual([]);
    const copy = 'public.transfer_account_restored_20261120_101500';
    expect(await accounts('bank', copy)).toEqual(await accounts('bank', 'public.transfer_account'));
    const [facts] = await fixture.query(
      'bank',
      `SELECT obj_description('${copy}'::regclass) AS c,
      has_table_privilege('app', '${copy}', 'UPDATE') AS u, pg_get_userbyid(relowner) AS o FROM pg_class WHERE oid = '${copy}'::regclass`,
    );
    expect(facts).toEqual({ c: 'what every customer has; the sum never changes', u: true, o: 'lab_owner' });
    const create = (table: string) =>
      fixture.sql('bank-shard_1', `SHOW CREATE TABLE \`postgres_$$_public\`.\`${table}\``);
    const [live, restored] = [
      await create('transfer_account_p0'),
      await create('transfer_account_restored_20261120_101500_p0'),
    ];
    expect(restored.replaceAll('transfer_account_restored_20261120_101500_p0', 'transfer_account_p0')).toBe(live);
    expect(new Set(job.reports.map((report) => report.phase))).toEqual(
      new Set(['definition', 'rows', 'indexes', 'compare', 'publish']),
    );
  });

  it('in another schema, made when missing, with the storage database that belongs to it', async () => {
    const backupId = await fixture.backup('bank', [account, ledger]);
    const plan = await fixture.plan('bank', backupId, [
      { source: account, target: 'postgres."Ar ""chive".accounts' },
      { source: ledger, target: 'postgres."Ar ""chive".ledger' },
    ]);
    expect(plan.tables[0]!.willNotComeBack).toContain(
      'Schema Ar "chive is made new; rights on a schema are not copied.',
    );
    const { tables } = await fixture.run(plan);
    expect(tables.map((table) => [table.outcome, table.error])).toEqual([
      ['succeeded', null],
      ['succeeded', null],
    ]);
    expect(await accounts('bank', '"Ar ""chive".accounts')).toEqual(await accounts('bank', 'public.transfer_account'));
    expect(await fixture.sql('bank-shard_2', `SHOW TABLES IN \`postgres_$$_Ar "chive\` LIKE 'accounts_p_'`)).toBe(
      'accounts_p1\naccounts_p3\n',
    );
    expect(
      await fixture.query('bank', 'SELECT region, count(*)::int AS n FROM "Ar ""chive".ledger GROUP BY 1 ORDER BY 1'),
    ).toEqual(await fixture.query('bank', 'SELECT region, count(*)::int AS n FROM acct.ledger GROUP BY 1 ORDER BY 1'));
  });

  it('refuses a target that exists before anything is touched, and restores the other tables', async () => {
    const backupId = await fixture.backup('bank', [account, ledger]);
    const plan = await fixture.plan('bank', backupId, [
      { source: account, target: 'postgres.public.test2' },
      { source: 'postgres.public.nowhere' },
      { source: ledger, target: 'postgres.acct.ledger_again' },
    ]);
    expect(plan.tables.map((table) => table.problem?.code)).toEqual([
      'restore/target-exists',
      'backup/incomplete',
      undefined,
    ]);
    expect(plan.checks.find((check) => check.id === `table/${account}`)?.state).toBe('warn');
    const { tables } = await fixture.run(plan);
    expect(tables.map((table) => [table.outcome, table.error?.code])).toEqual([
      ['failed', 'restore/target-exists'],
      ['failed', 'backup/incomplete'],
      ['succeeded', undefined],
    ]);
  });

  it('a target that appeared after the plan is refused, and the plan is not followed', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    const plan = await fixture.plan('bank', backupId, [{ source: ledger, target: 'postgres.acct.late' }]);
    await fixture.query('bank', 'CREATE TABLE acct.late (i int)');
    const { tables } = await fixture.run(plan);
    expect(tables[0]).toMatchObject({ outcome: 'failed', error: { code: 'restore/target-exists' } });
    await fixture.query('bank', 'DROP TABLE acct.late');
  });
});

describe('into another cluster', () => {
  it('with another number of shards: every leaf gets a node, odd names and levels of partitions included', async () => {
    const names = [
      'transfer_account',
      'Fee "2026"',
      'odd.name$$x',
      '转账 记录',
      'MixedCase',
      'the_longest_name_that_postgresql_takes_is_sixty_three_bytes_lon',
      'card',
      'daily_total',
      'audit_entry',
    ];
    const sources = [
      ...names.map((name) => `postgres.public.${/[\s".]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name}`),
      ledger,
    ];
    const backupId = await fixture.backup('bank', sources);
    const plan = await fixture.plan(
      'bank',
      backupId,
      sources.map((source) => ({ source })),
      { into: 'bank2', foreignKeys: true },
    );
    expect(plan.tables.map((table) => table.problem)).toEqual(sources.map(() => null));
    const { tables } = await fixture.run(plan);
    expect(tables.map((table) => [table.target, table.outcome, table.error])).toEqual(
      sources.map((source) => [source, 'succeeded', null]),
    );
    expect(await accounts('bank2', 'public.transfer_account')).toEqual(
      await accounts('bank', 'public.transfer_account'),
    );
    for (const name of names.slice(1)) {
      const count = `SELECT count(*)::int AS n FROM public."${name.replaceAll('"', '""')}"`;
      expect(await fixture.query('bank2', count)).toEqual(await fixture.query('bank', count));
    }
    expect(tables[0]!.notes).toEqual([]);
    const next = "SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE TABLE_NAME = 'audit_entry'";
    expect(await fixture.sql('bank2-store_1', next)).toBe(await fixture.sql('bank-shard_1', next));
    const again = await fixture.plan('bank', backupId, [{ source: account }], { into: 'bank2' });
    expect(again.tables[0]!.problem?.code).toBe('restore/target-exists');
  });

  it('a missing right, named, stops it before anything is touched; without free space known it only warns', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    await fixture.sql('bank2-store_1', "REVOKE INDEX ON *.* FROM tidemark@'127.0.0.1'");
    const plan = await fixture.plan('bank', backupId, [{ source: ledger, target: 'postgres.acct.l2' }], {
      into: 'bank2',
    });
    const bad = plan.checks.filter((check) => check.state === 'bad');
    expect(bad.map((check) => check.id)).toEqual(['privileges/store_1']);
    expect(bad[0]!.detail).toContain('INDEX');
    expect(plan.checks.find((check) => check.id === 'space/store_1')?.state).toBe('warn');
    await expect(fixture.run(plan)).rejects.toMatchObject({ code: 'restore/checks-failed' });
    await fixture.sql('bank2-store_1', bad[0]!.fix);
  });

  it('refuses a node that is not there, and points that no log archive reaches', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    const plan = await fixture.plan(
      'bank',
      backupId,
      [{ source: ledger, target: 'postgres.acct.l3', placement: { ledger_eu: 'shard_9' } }],
      {
        into: 'bank2',
      },
    );
    expect(plan.tables[0]!.problem?.message).toContain('shard_9');
    const late = fixture.plan('bank', backupId, [{ source: ledger }], { point: { kind: 'latest' } });
    await expect(late).rejects.toMatchObject({ code: 'restore/nothing-recoverable' });
  });
});

describe('in place', () => {
  it('swaps every piece, keeps the live table aside, and keeps what hangs on the computing node', async () => {
    const backupId = await fixture.backup('bank', [account]);
    const before = await accounts('bank', 'public.transfer_account');
    for (const node of ['bank-shard_1', 'bank-shard_2']) {
      for (const leaf of ['p0', 'p1', 'p2', 'p3']) {
        await fixture
          .sql(node, `UPDATE IGNORE \`postgres_$$_public\`.transfer_account_${leaf} SET balance = 0`)
          .catch(() => '');
      }
    }
    const plan = await fixture.plan('bank', backupId, [{ source: account }], { clean: true, now });
    expect(plan.tables[0]).toMatchObject({
      mode: 'in-place',
      problem: null,
      keptAs: 'transfer_account_kept_20261120_101500',
    });
    const { tables, kept } = await fixture.run(plan);
    expect(tables[0]).toMatchObject({ outcome: 'succeeded', keptAs: 'transfer_account_kept_20261120_101500' });
    expect(await accounts('bank', 'public.transfer_account')).toEqual(before);
    expect((await fixture.query('bank', 'SELECT count(*)::int AS n FROM public.open_account'))[0]!.n).toBeGreaterThan(
      1_000,
    );
    expect(kept).toMatchObject([{ table: account, pieces: { length: 4 } }]);
    expect(kept[0]!.bytes).toBeGreaterThan(100_000);
    const zero = `SELECT sum(balance) FROM \`postgres_$$_public\`.transfer_account_p0_kept_20261120_101500`;
    expect(await fixture.sql('bank-shard_1', zero)).toBe('0.00\n');

    const job = new TestJob();
    await dropKept(job.attempt(), { kept: kept[0]!, target: fixture.access('bank') });
    await dropKept(job.attempt(), { kept: kept[0]!, target: fixture.access('bank') });
    expect(await tablesOn('bank-shard_1')).not.toContain('_kept_');
  });

  it('is refused while foreign keys of other tables refer to the live table, naming them', async () => {
    const backupId = await fixture.backup('bank', ['postgres.public.customer']);
    const plan = await fixture.plan('bank', backupId, [{ source: 'postgres.public.customer' }], { clean: true });
    expect(plan.tables[0]!.problem?.message).toContain('card_customer');
    expect(plan.checks.find((check) => check.id === 'table/postgres.public.customer')?.state).toBe('bad');
  });

  it("carries the live table's own foreign keys and triggers over under their names", async () => {
    const card = 'postgres.public.card';
    const db = 'postgres_$$_public';
    const backupId = await fixture.backup('bank', [card]);
    await fixture.sql(
      'bank-shard_2',
      `CREATE TRIGGER \`${db}\`.card_up BEFORE INSERT ON \`${db}\`.card FOR EACH ROW SET NEW.number = upper(NEW.number);
      DELETE FROM \`${db}\`.card LIMIT 500`,
    );
    const create = await fixture.sql('bank-shard_2', `SHOW CREATE TABLE \`${db}\`.card`);
    await fixture.sql('bank-shard_2', 'SET GLOBAL log_bin_trust_function_creators = 0');
    const refused = await fixture.plan('bank', backupId, [{ source: card }], { clean: true, now });
    expect(refused.tables[0]!.problem?.message).toContain('would lose its triggers (card_up)');
    await fixture.sql('bank-shard_2', 'SET GLOBAL log_bin_trust_function_creators = 1');
    const plan = await fixture.plan('bank', backupId, [{ source: card }], { clean: true, now });
    const { tables } = await fixture.run(plan);
    expect(tables[0]).toMatchObject({ outcome: 'succeeded', notes: [] });
    expect(await fixture.sql('bank-shard_2', `SHOW CREATE TABLE \`${db}\`.card`)).toBe(create);
    expect(await fixture.sql('bank-shard_2', `SHOW CREATE TABLE \`${db}\`.card_kept_20261120_101500`)).not.toContain(
      'CONSTRAINT',
    );
    await fixture.sql('bank-shard_2', `INSERT INTO \`${db}\`.card VALUES ('abc', 1, NULL)`);
    expect(await fixture.sql('bank-shard_2', `SELECT number FROM \`${db}\`.card WHERE number = BINARY 'ABC'`)).toBe(
      'ABC\n',
    );
    await expect(fixture.sql('bank-shard_2', `INSERT INTO \`${db}\`.card VALUES ('x', -1, NULL)`)).rejects.toThrow(
      /foreign key/,
    );
  });

  it('is refused when the live table has other columns or partitions than the backup', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    await fixture.query('bank', 'ALTER TABLE acct.ledger ADD COLUMN extra int');
    const plan = await fixture.plan('bank', backupId, [{ source: ledger }], { clean: true });
    expect(plan.tables[0]!.problem?.message).toContain('column extra integer is only in the live table');
    await fixture.query('bank', 'ALTER TABLE acct.ledger DROP COLUMN extra');
  });

  it('--clean on a table that does not exist is a plain restore', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    const plan = await fixture.plan('bank', backupId, [{ source: ledger, target: 'postgres.acct.fresh' }], {
      clean: true,
    });
    expect(plan.tables[0]).toMatchObject({ mode: 'beside', keptAs: null, problem: null });
    const { tables, kept } = await fixture.run(plan);
    expect([tables[0]!.outcome, kept]).toEqual(['succeeded', []]);
  });
});

describe('nothing becomes visible', () => {
  it('when one bit of a segment is flipped: the error names the object', async () => {
    const backupId = await fixture.backup('bank', [account]);
    const { manifest } = await readManifest(fixture.storage, backupId);
    const segment = manifest.segments[0]!.key;
    const file = join(fixture.folder, 'store', segment);
    const bytes = readFileSync(file);
    bytes[Math.floor(bytes.length / 3)]! ^= 1;
    writeFileSync(file, bytes);
    const before = await world();
    const plan = await fixture.plan('bank', backupId, [{ source: account, target: 'postgres.public.damaged' }]);
    const { tables } = await fixture.run(plan);
    expect(tables[0]).toMatchObject({ outcome: 'failed', error: { code: 'destination/object-damaged' } });
    expect(tables[0]!.error!.message).toContain(segment);
    expect(await world()).toEqual(before);
  });

  it('when rows or digest differ from what the backup recorded', async () => {
    const before = await world();
    for (const lie of [{ digest: '0'.repeat(32) }, { rows: '11' }]) {
      const backupId = await fixture.backup('bank', [ledger]);
      await falsify(fixture.storage, backupId, (file) => Object.assign(file.fragments[2]!, lie));
      const plan = await fixture.plan('bank', backupId, [{ source: ledger }], { clean: true });
      const { tables } = await fixture.run(plan);
      expect(tables[0]).toMatchObject({ outcome: 'failed', error: { code: 'restore/not-equal' } });
    }
    expect(await world()).toEqual(before);
  });

  it('when the job is cancelled while rows are loaded, or when it is about to publish', async () => {
    const backupId = await fixture.backup('bank', [account]);
    const before = await world();
    for (const step of ['rows running', 'compare running', 'save publishing']) {
      const plan = await fixture.plan('bank', backupId, [{ source: account }], { clean: step === 'compare running' });
      const job = new TestJob();
      job.onStep = (seen) => {
        if (seen === step) job.stop.abort();
      };
      await expect(fixture.run(plan, job)).rejects.toSatisfy((error) => hasCode(error, 'job/cancelled'));
      expect(await world()).toEqual(before);
    }
  });

  it('when the computing node refuses at the last step: the storage tables are taken back', async () => {
    const backupId = await fixture.backup('bank', [ledger]);
    const plan = await fixture.plan('bank', backupId, [{ source: ledger, target: 'postgres.acct.refused' }]);
    const before = await world();
    const job = new TestJob();
    job.onStep = async (step) => {
      if (step === 'save publishing') await fixture.query('bank', 'CREATE TABLE acct.refused (i int)');
    };
    const { tables } = await fixture.run(plan, job);
    expect(tables[0]!.outcome).toBe('failed');
    await fixture.query('bank', 'DROP TABLE acct.refused');
    expect(await world()).toEqual(before);
  });
});
