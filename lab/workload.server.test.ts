import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { labDown } from './down.ts';
import { type MariadbServer, startMariadb } from './mariadb-server.ts';
import { type LabNode, nodeNamed } from './node.ts';
import { type Lab, labUp } from './up.ts';
import { startWorkload, type Workload } from './workload.ts';

const rows = 2_000;
let folder: string;
let lab: Lab;
let shards: [MariadbServer, MariadbServer];
let total: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-workload-'));
  lab = await labUp({ folder, clusters: ['bank', 'shop'], rows, ephemeral: true });
  shards = [nodeNamed(lab.nodes, 'bank-shard_1').mariadb!, nodeNamed(lab.nodes, 'bank-shard_2').mariadb!];
  total = await sumOfBalances();
});

afterAll(async () => {
  await Promise.all(shards.map((server) => server.stop()));
  await labDown({ folder });
  rmSync(folder, { recursive: true, force: true });
});

const database = '`postgres_$$_public`';
const number = async (at: number, sql: string) => BigInt((await shards[at]!.sql(sql)).trim());

/** In cents, over both shards. */
async function sumOfBalances(): Promise<string> {
  const leaf = (at: number, name: number) =>
    number(at, `SELECT cast(sum(balance) * 100 AS integer) FROM ${database}.transfer_account_p${name}`);
  const sums = await Promise.all([leaf(0, 0), leaf(1, 1), leaf(0, 2), leaf(1, 3)]);
  return String(sums.reduce((a, b) => a + b));
}

/** Transfers of which not both entries are there, or not with opposite amounts; and whatever lies prepared. */
async function halfTransfers(): Promise<string[]> {
  const entries = new Map<string, bigint[]>();
  for (const at of [0, 1]) {
    const text = await shards[at]!.sql(
      `SELECT transfer, cast(amount * 100 AS integer) FROM ${database}.transfer_entry_${at + 1}`,
    );
    for (const line of text.split('\n').filter(Boolean)) {
      const [transfer, cents] = line.split('\t') as [string, string];
      entries.set(transfer, [...(entries.get(transfer) ?? []), BigInt(cents)]);
    }
  }
  const odd = [...entries]
    .filter(([, cents]) => cents.length !== 2 || cents[0]! + cents[1]! !== 0n)
    .map(([name]) => name);
  const prepared = await Promise.all(shards.map((server) => server.sql('XA RECOVER')));
  return [...odd, ...prepared.filter(Boolean)];
}

/** Accounts whose balance is not what they began with plus what their entries say. */
async function unexplainedBalances(): Promise<string> {
  const of = (leaf: number) =>
    shards[leaf % 2]!.sql(`SELECT a.id, a.balance FROM ${database}.transfer_account_p${leaf} a
      LEFT JOIN (SELECT account, sum(amount) AS moved FROM ${database}.transfer_entry_${1 + (leaf % 2)} GROUP BY account) e ON e.account = a.id
      WHERE a.id <= ${rows} AND a.balance <> 1000 + a.id % 500 + coalesce(e.moved, 0)`);
  return (await Promise.all([0, 1, 2, 3].map(of))).join('');
}

async function until(workload: Workload, reached: (stats: ReturnType<Workload['stats']>) => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!reached(workload.stats())) {
    if (performance.now() > deadline) throw new Error(`not reached: ${JSON.stringify(workload.stats())}`);
    await pause(10);
  }
}

test('transfers within and across shards leave the sum of balances as it was, at any moment that is one for both', async () => {
  const workload = await startWorkload({ nodes: lab.nodes, ratePerSecond: 400 });
  await until(workload, (stats) => stats.crossShard > 20 && stats.transactions > 200);
  const stats = await workload.stop();
  expect(stats.failed, stats.lastFailure).toBe(0);
  expect(await sumOfBalances()).toBe(total);
  expect(await halfTransfers()).toEqual([]);
  const orders = await nodeNamed(lab.nodes, 'shop').mariadb!.sql(
    "SELECT count(*) FROM shop.orders WHERE note = 'from the workload'",
  );
  expect(Number(orders)).toBeGreaterThan(5);
});

test('a shard that is killed and comes back neither ends the workload nor breaks a transfer', async () => {
  const workload = await startWorkload({ nodes: bankNodes(), ratePerSecond: 400 });
  await until(workload, (stats) => stats.crossShard > 5);
  await shards[1].kill();
  await until(workload, (stats) => stats.failed > 0);
  shards[1] = await startMariadb({ folder: shards[1].folder, ephemeral: true });
  const before = workload.stats().crossShard;
  await until(workload, (stats) => stats.crossShard > before + 5);
  await workload.stop();
  expect(await sumOfBalances()).toBe(total);
  expect(await halfTransfers()).toEqual([]);
});

test('transfers that a killed workload left prepared are settled by the next one', async () => {
  const leave = (at: number, name: string, cents: number) => {
    const id = `(SELECT min(id) FROM ${database}.transfer_account_p${at})`;
    return `XA START '${name}','shard_${at + 1}'; SET @id = ${id};
      UPDATE ${database}.transfer_account_p${at} SET balance = balance + ${cents / 100} WHERE id = @id;
      INSERT INTO ${database}.transfer_entry_${at + 1} VALUES (${at + 1}, '${name}', @id, ${cents / 100}, now(6)); XA END '${name}','shard_${at + 1}';
      XA PREPARE '${name}','shard_${at + 1}';`;
  };
  // Decided and committed on one shard only; then, never decided: prepared on both, each on rows of its own.
  await shards[0].sql(`${leave(0, 'lab-dead-1-1', 700)} XA COMMIT 'lab-dead-1-1','shard_1'`);
  await shards[1].sql(leave(1, 'lab-dead-1-1', -700));
  await shards[0].sql(leave(0, 'lab-dead-1-2', 900));
  const workload = await startWorkload({ nodes: bankNodes(), ratePerSecond: 50 });
  await workload.stop();
  expect(await sumOfBalances()).toBe(total);
  expect(await halfTransfers()).toEqual([]);
  const kept = await shards[1].sql(`SELECT count(*) FROM ${database}.transfer_entry_2 WHERE transfer = 'lab-dead-1-1'`);
  expect(kept).toBe('1\n');
});

test('when accounts disappear under it, the workload keeps nothing of the transfers that needed them', async () => {
  const workload = await startWorkload({ nodes: bankNodes(), ratePerSecond: 400 });
  for (const leaf of [0, 1, 2, 3]) {
    await shards[leaf % 2]!.sql(`DELETE FROM ${database}.transfer_account_p${leaf} WHERE id % 2 = 0`);
  }
  await until(workload, (stats) => stats.skipped > 20 && stats.crossShard > 5);
  const stats = await workload.stop();
  expect(stats.failed, stats.lastFailure).toBe(0);
  expect(await halfTransfers()).toEqual([]);
  expect(await unexplainedBalances()).toBe('');
});

function bankNodes(): LabNode[] {
  return lab.nodes.filter((node) => node.cluster === 'bank');
}
