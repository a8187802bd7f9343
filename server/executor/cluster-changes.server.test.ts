import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type ChangesInput, changesInput } from '#server/contract/changes.ts';
import { ask } from '#server/job/ask.ts';
import { stopArchive } from '#server/log-archive/stop.ts';
import { type Archived, ArchiveStage } from './archive-stage-fixture.ts';

const stage = new ArchiveStage();
beforeAll(() => stage.open());
afterEach(() => stage.clear());
afterAll(() => stage.close());

const changes = async ({ clusterId }: Archived, more: Partial<ChangesInput> = {}) =>
  (await ask(stage.context, { ask: 'changes', ...changesInput.parse({ clusterId, table: 'shop.t', ...more }) })).answer;

/** Runs transactions of random sizes; answers what each did, as whoever wrote it knows. */
async function writeTransactions(count: number) {
  const done: { gtid: string; inserts: number; updates: number; deletes: number }[] = [];
  let rows = 0;
  for (let at = 0; at < count; at++) {
    const inserts = 1 + Math.floor(Math.random() * 300);
    const first = 1_000 + rows + 1;
    rows += inserts;
    const updates = Math.floor(Math.random() * Math.min(rows, 50));
    const deletes = Math.floor(Math.random() * Math.min(rows, 50));
    rows -= deletes;
    const values = Array.from({ length: inserts }, (_, row) => `(${first + row}, '2026-01-01')`);
    const said = await stage.node.sql(`BEGIN; INSERT INTO shop.t VALUES ${values.join(',')};
      UPDATE shop.t SET at = now(6) WHERE id > 1000 AND id <= 1000 + ${updates};
      DELETE FROM shop.t WHERE id > 1000 + ${rows};
      INSERT INTO shop.other VALUES (${at}); COMMIT; SELECT @@last_gtid`);
    done.push({ gtid: said.trim().split('\n').at(-1)!, inserts, updates, deletes });
  }
  return { done, rows };
}

test('what a table went through is told from the archive as who wrote it knows it, sealed or not', async () => {
  await stage.node.sql('CREATE TABLE shop.other (id INT PRIMARY KEY)');
  const archived = await stage.wantArchive();
  await stage.start();
  await archived.until('it follows', ({ state }) => state === 'following');
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
  const before = await changes(archived);
  const { done, rows } = await writeTransactions(30);
  await stage.node.sql('ALTER TABLE shop.t ADD note VARCHAR(9)');
  const said = await stage.node.sql("UPDATE shop.t SET note = 'oops' WHERE id > 1000; SELECT @@last_gtid");
  const bad = { gtid: said.trim(), inserts: 0, updates: rows, deletes: 0 };
  const there = await stage.reachesEnd();
  await archived.until('all is archived', there);

  const open = await changes(archived, { limit: 500 });
  const own = open.transactions.filter(({ gtid }) => [...done, bad].some((one) => one.gtid === gtid));
  const counted = own.map(({ gtid, inserts, updates, deletes }) => ({ gtid, inserts, updates, deletes }));
  const byGtid = (a: { gtid: string | null }, b: { gtid: string | null }) => (a.gtid! < b.gtid! ? -1 : 1);
  expect(counted.sort(byGtid)).toEqual([...done, bad].sort(byGtid));
  const sum = (of: 'inserts' | 'updates' | 'deletes') => [...done, bad].reduce((all, one) => all + one[of], 0);
  expect(open.totals.inserts - before.totals.inserts).toBe(sum('inserts'));
  expect(open.totals.updates - before.totals.updates).toBe(sum('updates'));
  expect(open.totals.deletes - before.totals.deletes).toBe(sum('deletes'));
  const [first, second] = open.transactions;
  expect(first).toMatchObject({ statement: 'ALTER TABLE shop.t ADD note VARCHAR(9)' });
  expect([first!.id?.endsWith(`:${first!.gtid}`), first!.node]).toEqual([true, open.nodes[0]!.node]);
  expect(open.unknown.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/^the log of node .* was not archived yet$/),
  ]);
  expect(second).toMatchObject(bad);

  await stopArchive(stage.context, archived);
  await archived.until('it is sealed', ({ state }) => state === 'stopped');
  const sealed = await changes(archived, { limit: 500, from: open.from });
  expect([sealed.totals.updates, sealed.totals.inserts]).toEqual([open.totals.updates, open.totals.inserts]);
  const rowsOf = (answer: typeof open) =>
    answer.transactions.filter(({ statement }) => statement === null).slice(0, 10);
  expect(rowsOf(sealed)).toEqual(rowsOf(open));
  expect(rowsOf(sealed)[0]).toMatchObject(bad);

  const later = await changes(archived, { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' });
  expect([later.buckets, later.transactions, later.unknown.length]).toEqual([[], [], 1]);
  await rm(join(archived.path, 'logs', (await archived.stream()).id, 'segments'), { recursive: true });
  // What was read before need not be read again; another table's part was not.
  expect((await changes(archived)).totals).toEqual(sealed.totals);
  const lost = await changes(archived, { table: 'shop.other' });
  expect(lost.totals.inserts).toBe(0);
  expect(lost.unknown.map(({ reason }) => reason).join()).toMatch(/segment 0 of the log of .* cannot be used/);
});

test('a log that was never archived, a name nobody knows and a span that ends before it begins are told apart', async () => {
  const archived = await stage.wantArchive();
  await stage.start();
  await ask(stage.context, { ask: 'topology', clusterId: archived.clusterId });
  await stage.database.db.logArchive.deleteMany();
  const none = await changes(archived);
  expect(none).toMatchObject({ buckets: [], transactions: [], nodes: [{ from: null, until: null }] });
  expect(none.unknown).toMatchObject([{ reason: expect.stringMatching(/^the log of node .* is not archived$/) }]);
  await expect(changes(archived, { table: 'shop.typo' })).rejects.toMatchObject({ code: 'table/not-found' });
  const span = { from: '2026-11-20T10:00:00Z', to: '2026-11-20T09:00:00Z' };
  await expect(changes(archived, span)).rejects.toMatchObject({ code: 'input/invalid' });
  await expect(changes(archived, { after: '[]' })).rejects.toMatchObject({ code: 'input/invalid' });
});
