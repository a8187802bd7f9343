import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { endedJobs, type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

let fixture: RestoreFixture;
const now = new Date('2026-11-20T10:15:00Z');

beforeAll(async () => {
  fixture = await startRestoreFixture(['shop', 'bank'], 2_000);
  await fixture.sql('shop', 'SET GLOBAL log_bin_trust_function_creators = 1');
});
afterAll(() => fixture?.stop());
afterEach(async () => expect(await fixture.scratch('shop')).toEqual([]));

const create = (table: string) => fixture.sql('shop', `SHOW CREATE TABLE ${table}`);
const names = (sql: string) => fixture.sql('shop', sql);

describe('a mysql cluster', () => {
  it('every type, history, partitions, no key and odd names come back with the same definition and rows', async () => {
    const tables = [
      'every_type',
      'price_history',
      'event_log',
      'no_key',
      'order_log',
      'MixedCase',
      'customers',
      'order_items',
    ];
    const sources = [...tables.map((table) => `shop.${table}`), 'shop."odd`name.x ""$$"""'];
    const backupId = await fixture.backup('shop', sources);
    const plan = await fixture.plan(
      'shop',
      backupId,
      sources.map((source) => ({ source })),
      { now },
    );
    expect(plan.tables.map((table) => table.problem)).toEqual(sources.map(() => null));
    const { tables: outcomes } = await fixture.run(plan);
    expect(outcomes.map((table) => [table.source, table.outcome, table.error])).toEqual(
      sources.map((source) => [source, 'succeeded', null]),
    );
    for (const table of tables.filter((name) => name !== 'order_items')) {
      const copy = `${table}_restored_20261120_101500`;
      expect((await create(`shop.${copy}`)).replaceAll(copy, table)).toBe(await create(`shop.${table}`));
    }
    const history = (table: string) =>
      names(`SELECT product, price, row_start, row_end FROM shop.${table} FOR SYSTEM_TIME ALL ORDER BY 1, 3`);
    expect(await history('price_history_restored_20261120_101500')).toBe(await history('price_history'));
  });

  it('says what stays away, and brings foreign keys and triggers under new names when they are asked for', async () => {
    const backupId = await fixture.backup('shop', ['shop.orders']);
    const plain = await fixture.plan('shop', backupId, [{ source: 'shop.orders', target: 'shop.orders_a' }]);
    expect(plain.tables[0]!.willNotComeBack.slice(0, 2)).toEqual([
      'Foreign key order_customer is left out: foreign keys are switched off for this restore.',
      'Trigger orders_logged is left out: triggers are switched off for this restore.',
    ]);
    const plan = await fixture.plan('shop', backupId, [{ source: 'shop.orders', target: 'shop.orders_b' }], {
      foreignKeys: true,
      triggers: true,
    });
    for (const each of [plain, plan])
      expect((await fixture.run(each)).tables[0]).toMatchObject({ outcome: 'succeeded', notes: [] });
    expect(await create('shop.orders_a')).not.toContain('CONSTRAINT `order_customer');
    expect(await create('shop.orders_b')).toMatch(
      /CONSTRAINT `order_customer_[0-9a-z]{6}` FOREIGN KEY \(`customer_id`\) REFERENCES `customers`/,
    );
    const log = () => names('SELECT count(*) FROM shop.order_log');
    const before = Number(await log());
    await fixture.sql('shop', "UPDATE shop.orders_b SET state = 'back' WHERE id = 1");
    expect(Number(await log())).toBe(before + 1);
  });

  it('says which rights on the live table a copy does not get', async () => {
    const backupId = await fixture.backup('shop', ['shop.event_log']);
    await fixture.sql('shop', 'GRANT SELECT, UPDATE (text) ON shop.event_log TO app@localhost');
    const plan = await fixture.plan('shop', backupId, [{ source: 'shop.event_log' }]);
    expect(plan.tables[0]!.willNotComeBack).toEqual(
      expect.arrayContaining([
        'Right SELECT to app@localhost is not copied.',
        'Right UPDATE (text) to app@localhost is not copied.',
      ]),
    );
    await fixture.sql('shop', 'REVOKE SELECT, UPDATE (text) ON shop.event_log FROM app@localhost');
  });

  it('in place: refused for a parent, done for a child, whose numbers go on where they were', async () => {
    const backupId = await fixture.backup('shop', ['shop.orders', 'shop.order_items', 'shop.event_log']);
    const parent = await fixture.plan('shop', backupId, [{ source: 'shop.orders' }], { clean: true });
    expect(parent.tables[0]!.problem?.message).toContain('shop.order_items (item_order)');
    await fixture.sql(
      'shop',
      `DELETE FROM shop.order_items; ALTER TABLE shop.order_items ADD COLUMN note int;
      INSERT INTO shop.event_log (day, text) VALUES ('2026-05-05', 'later')`,
    );
    const later = Number(await names("SELECT max(id) FROM shop.event_log WHERE text = 'later'"));
    const plan = await fixture.plan('shop', backupId, [{ source: 'shop.order_items' }, { source: 'shop.event_log' }], {
      clean: true,
      now,
    });
    expect(plan.checks.find((check) => check.id === 'columns/shop.order_items')?.detail).toContain(
      'note int(11) is only in the live table',
    );
    const { tables, kept } = await fixture.run(plan);
    expect(tables.map((table) => [table.outcome, table.notes])).toEqual([
      ['succeeded', []],
      ['succeeded', []],
    ]);
    expect(await create('shop.order_items')).toContain(
      'CONSTRAINT `item_order` FOREIGN KEY (`order_id`) REFERENCES `orders` (`id`) ON DELETE CASCADE',
    );
    expect(await create('shop.order_items')).not.toContain('note');
    expect(kept.map((copy) => copy.pieces[0]!.kept)).toEqual([
      'order_items_kept_20261120_101500',
      'event_log_kept_20261120_101500',
    ]);
    await fixture.sql('shop', "INSERT INTO shop.event_log (day, text) VALUES ('2026-05-06', 'again')");
    expect(Number(await names("SELECT max(id) FROM shop.event_log WHERE text = 'again'"))).toBeGreaterThan(later);
    // A delete of the parent must not reach the kept copy.
    await fixture.sql('shop', 'DELETE FROM shop.orders WHERE id = 1');
    expect(await names('SELECT count(*) FROM shop.order_items WHERE order_id = 1')).toBe('0\n');
  });

  it('a server that hangs up on idle sessions makes no failure of a restore that takes longer', async () => {
    const backupId = await fixture.backup('shop', ['shop.event_log']);
    const later = new Date('2026-11-20T10:16:00Z');
    const plan = await fixture.plan('shop', backupId, [{ source: 'shop.event_log' }], { clean: true, now: later });
    await fixture.sql('shop', 'SET GLOBAL wait_timeout = 1');
    const job = new TestJob();
    // As long as a load may take: an idle session is ended meanwhile, and nobody can be asked whether it was.
    job.onStep = (step) => (step === 'save publishing' ? pause(2_500) : undefined);
    const { tables, kept } = await fixture.run(plan, job);
    await fixture.sql('shop', 'SET GLOBAL wait_timeout = 28800');
    expect(tables).toMatchObject([{ outcome: 'succeeded', error: null }]);
    expect(kept).toMatchObject([{ keptAs: 'event_log_kept_20261120_101600' }]);
  });

  it('drops scratch of restores that have ended, and none that may still be needed or is not ours', async () => {
    const backupId = await fixture.backup('shop', ['shop.no_key']);
    const ids = { done: ulid(), bare: ulid(), between: ulid(), unreadable: ulid(), unknown: ulid() };
    const scratchOf = (id: string) => `tidemark_${id.toLowerCase()}_1`;
    await fixture.sql(
      'shop',
      Object.values(ids)
        .map((id) => `CREATE DATABASE ${scratchOf(id)};`)
        .join(''),
    );
    const outcome = { source: 'a', target: 'b', outcome: 'succeeded', rows: 0, rawBytes: 0, storedBytes: 0 };
    const record = {
      ...{ version: 1, pieces: [], triggerSuffix: 'x' },
      outcome: { ...outcome, fragments: 1, digest: null, keptAs: null, notes: [], error: null },
    };
    const ended = (id: string, notes: Record<string, unknown>) =>
      endedJobs.push({ attemptId: id.toLowerCase(), notes: new Map(Object.entries(notes)) });
    ended(ids.done, { 'publish/0': { ...record, state: 'published' }, 'publish/1': { ...record, state: 'undone' } });
    ended(ids.bare, {});
    ended(ids.between, {
      'publish/0': { ...record, state: 'published' },
      'publish/1': { ...record, state: 'publishing' },
    });
    ended(ids.unreadable, { 'publish/0': { version: 2, state: 'a newer word' } });
    const plan = await fixture.plan('shop', backupId, [{ source: 'shop.no_key' }], { now: new Date() });
    expect((await fixture.run(plan)).tables).toMatchObject([{ outcome: 'succeeded' }]);
    const left = [ids.between, ids.unreadable, ids.unknown].map(scratchOf);
    expect((await fixture.scratch('shop')).toSorted()).toEqual(left.toSorted());
    await fixture.sql('shop', left.map((name) => `DROP DATABASE ${name};`).join(''));
  });

  it('takes a table of one piece from a cluster with a computing node, and refuses several', async () => {
    const backupId = await fixture.backup('bank', ['postgres.public.test2', 'postgres.public.transfer_account']);
    const plan = await fixture.plan(
      'bank',
      backupId,
      [{ source: 'postgres.public.test2', target: 'from_bank.test2' }, { source: 'postgres.public.transfer_account' }],
      { into: 'shop' },
    );
    expect(plan.tables.map((table) => table.problem?.code)).toEqual([undefined, 'table/unsupported']);
    const { tables } = await fixture.run(plan);
    expect(tables.map((table) => [table.target, table.outcome])).toEqual([
      ['from_bank.test2', 'succeeded'],
      ['postgres_$$_public.transfer_account', 'failed'],
    ]);
    const back = await fixture.backup('shop', ['shop.no_key']);
    const other = await fixture.plan('shop', back, [{ source: 'shop.no_key' }], { into: 'bank' });
    expect(other.tables[0]!.problem?.code).toBe('table/unsupported');
  });
});
