import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { mysqlAccessOf } from '#lab/cluster-access.ts';
import { nodeNamed } from '#lab/node.ts';
import { pause } from '#server/base/abort.ts';
import { restoreInput, restorePlan } from '#server/contract/restore.ts';
import { openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readManifest } from '#server/manifest/read.ts';
import { accessOf, RunningArchive } from '../archive/archive-fixture.ts';
import { CoverageCache } from '../coverage/read-coverage.ts';
import { planRestore } from './plan.ts';
import { restore } from './restore.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';

const none = new AbortController().signal;
const table = 'postgres.public.transfer_account';
const shards = ['bank-shard_1', 'bank-shard_2'];
let fixture: RestoreFixture;
let archives: { readonly id: string; readonly archive: RunningArchive }[];
let backupId: string;
let beganMs: number;
let endedMs: number;
let wholeBefore: unknown;

beforeAll(async () => {
  fixture = await startRestoreFixture(['bank'], 2_000);
  backupId = await fixture.backup('bank', [table]);
  wholeBefore = await totalOf('public.transfer_account');
  const { manifest } = await readManifest(fixture.storage, backupId);
  archives = shards.map((name) => {
    const node = nodeNamed(fixture.lab.nodes, name);
    const known = manifest.nodes.find(({ port }) => port === node.port)!.name;
    const stream = {
      id: known.replaceAll(/\W/g, '-'),
      cluster: { id: manifest.cluster.id, name: manifest.cluster.name },
      node: known,
    };
    const access = { ...mysqlAccessOf(node), node: known };
    return {
      id: stream.id,
      archive: new RunningArchive({ storage: fixture.storage, stream, node: access, begin: 'oldest' }),
    };
  });
  beganMs = Date.now();
  await Promise.all(Array.from({ length: 8 }, (_, lane) => transfer(lane, beganMs + 5_000)));
  endedMs = Date.now();
  const look = () =>
    expect(archives.every(({ archive }) => (archive.status?.caughtUpAt?.getTime() ?? 0) > endedMs)).toBe(true);
  await vi.waitFor(look, { timeout: 20_000, interval: 20 });
}, 60_000);
afterAll(async () => {
  for (const { archive } of archives ?? []) await archive.stop();
  await fixture.stop();
});

/** Moves an amount from a row of one shard to one of the other, again and again; every third second part is late. */
async function transfer(lane: number, untilMs: number): Promise<void> {
  const servers = shards.map((name) => nodeNamed(fixture.lab.nodes, name).mariadb!);
  const connections = await Promise.all(servers.map((server) => openMysqlConnection(accessOf(server))));
  const places = await Promise.all(
    connections.map(async (connection) => {
      const [found] = await connection.query(
        `SELECT TABLE_SCHEMA AS s, TABLE_NAME AS t FROM information_schema.TABLES WHERE TABLE_NAME LIKE 'transfer_account_p%' LIMIT 1`,
      );
      const name = `\`${found!.s}\`.\`${found!.t}\``;
      const rows = await connection.query(`SELECT id FROM ${name} WHERE id % 8 = ${lane} LIMIT 20`);
      return { name, ids: rows.map(({ id }) => String(id)) };
    }),
  );
  for (let n = 0; Date.now() < untilMs; n++) {
    const xid = `'lane-${lane}-${n}'`;
    for (const [at, connection] of connections.entries()) {
      const { name, ids } = places[at]!;
      await connection.execute(`XA START ${xid}`);
      await connection.execute(
        `UPDATE ${name} SET balance = balance ${at === 0 ? '-' : '+'} ${n + 1} WHERE id = ${ids[n % ids.length]}`,
      );
      await connection.execute(`XA END ${xid}`);
    }
    for (const connection of connections) await connection.execute(`XA PREPARE ${xid}`);
    const [first, second] = n % 2 ? connections : connections.toReversed();
    await first!.execute(`XA COMMIT ${xid}`);
    if (n % 3 === 0) await pause(Math.random() * 500, none);
    await second!.execute(`XA COMMIT ${xid}`);
  }
  await Promise.all(connections.map((connection) => connection.close()));
}

const totalOf = async (name: string) =>
  (await fixture.query('bank', `SELECT count(*)::int AS n, sum(balance)::text AS total FROM ${name}`))[0];

test.each([0.3, 0.6, 0.9])('a table over two shards comes back with nothing half transferred (%d)', async (part) => {
  const at = new Date(beganMs + part * (endedMs - beganMs)).toISOString();
  const { storage, folder } = fixture;
  const target = fixture.access('bank');
  const logs = {
    clusterId: target.id,
    places: [{ storage, cache: new CoverageCache() }],
    archivedUntil: new Map(archives.map(({ id, archive }) => [id, archive.status!.caughtUpAt!])),
  };
  const name = `back_${part * 10}`;
  const made = await planRestore({
    restore: restoreInput.parse({
      clusterId: target.id,
      point: { kind: 'instant', at },
      tables: [{ source: table, target: `postgres.public.${name}` }],
    }),
    ...{ backupId, destinationName: 'store', storage, logs, sourceClusterName: 'bank', target },
    ...{ history: [], now: new Date() },
  });
  const plan = restorePlan.parse(JSON.parse(JSON.stringify(made)));
  expect(plan.tables[0]!.problem).toBeNull();
  // Both shards are archived, and no other node decides: nothing is left out for want of knowing.
  expect(plan.log!.inDoubt).toEqual([]);
  const { tables } = await restore(new TestJob().attempt(), {
    plan,
    storage,
    target,
    catchUp: { logs, scratchFolder: folder },
  });
  expect(tables[0]).toMatchObject({ outcome: 'succeeded' });
  expect(tables[0]!.changesApplied).toBeGreaterThan(0);
  expect(await totalOf(`public.${name}`)).toEqual(wholeBefore);
});
