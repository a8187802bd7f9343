import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import { TidemarkError } from '#server/base/error.ts';
import { type NodeCheck, topology } from '#server/contract/cluster.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { accessToShard, type FdwFixture, startFdwCluster } from '#server/engine/topology/fdw-fixture.ts';
import { inspectCluster } from './inspect-cluster.ts';
import { testConnection } from './test-connection.ts';

const many = 2_000;
let cluster: FdwFixture;
let empty: FdwFixture;

beforeAll(async () => {
  [cluster, empty] = await Promise.all([
    startFdwCluster(['shard_1', 'shard_2'], { binlog_row_image: 'MINIMAL' }),
    startFdwCluster(['store_1']),
  ]);
  const [first, second] = cluster.shards;
  await first!.sql(`CREATE DATABASE d; USE d; CREATE TABLE t_0 (id INT PRIMARY KEY) SELECT seq AS id FROM seq_1_to_500;
    CREATE TABLE odd_engine (id INT) ENGINE=Aria; ANALYZE TABLE t_0;`);
  await second!.sql(
    'CREATE DATABASE d; USE d; CREATE TABLE t_1 (id INT PRIMARY KEY) SELECT seq AS id FROM seq_1_to_300; ANALYZE TABLE t_1;',
  );
  await cluster.computing.sql(`SET ROLE lab_owner;
    CREATE TABLE t (id int) PARTITION BY RANGE (id);
    CREATE FOREIGN TABLE t_0 PARTITION OF t FOR VALUES FROM (0) TO (1000) SERVER shard_1 OPTIONS (dbname 'd', table_name 't_0');
    CREATE FOREIGN TABLE t_1 PARTITION OF t FOR VALUES FROM (1000) TO (2000) SERVER shard_2 OPTIONS (dbname 'd', table_name 't_1');
    CREATE FOREIGN TABLE odd_engine (id int) SERVER shard_1 OPTIONS (dbname 'd');
    CREATE VIEW a_view AS SELECT 1 AS one`);
});
afterAll(async () => {
  await Promise.all([cluster?.stop(), empty?.stop()]);
});

const inspect = (access: ClusterAccess = cluster.access) => inspectCluster(access, { clock: systemClock });
const notOk = (checks: readonly NodeCheck[], node: string) =>
  checks.filter((one) => one.node === node && one.state !== 'ok').map((one) => `${one.state} ${one.id}`);
const checkOf = (checks: readonly NodeCheck[], node: string, id: string) =>
  checks.find((one) => one.node === node && one.id === id);

test('a cluster shows its nodes, and its tables with the estimates of their fragments', async () => {
  const result = await inspect();
  topology.parse(result.topology);
  expect(result.topology.nodes.map((one) => [one.name, one.role, one.reachable, one.flavor])).toEqual([
    ['computing', 'computing', true, 'postgres'],
    ['shard_1', 'storage', true, 'mariadb'],
    ['shard_2', 'storage', true, 'mariadb'],
  ]);
  for (const node of result.topology.nodes) {
    expect(node.timeZone).not.toBeNull();
    expect(Math.abs(node.clockSkewMs!)).toBeLessThan(1_000);
  }
  const table = result.topology.tables.find((one) => one.name === 'postgres.public.t')!;
  expect(table).toMatchObject({ kind: 'partitioned', problem: null, estimatedRows: 800 });
  expect(table.fragments.map((one) => [one.node, one.partition, one.estimatedRows, one.engine])).toEqual([
    ['shard_1', 't_0', 500, 'InnoDB'],
    ['shard_2', 't_1', 300, 'InnoDB'],
  ]);
  expect(table.bytes).toBeGreaterThan(0);
  expect(result.topology.tables.find((one) => one.table === 'a_view')?.kind).toBe('view');
});

test('each node is told what endangers it, and the rights that were asked for are enough', async () => {
  const { checks } = await inspect();
  expect(notOk(checks, 'shard_2')).toEqual(['warn binlog_row_image', 'warn sync_binlog', 'unknown free_space']);
  expect(checkOf(checks, 'shard_1', 'engines')).toMatchObject({ state: 'warn' });
  expect(checkOf(checks, 'shard_1', 'engines')?.detail).toContain('d.odd_engine (Aria)');
  expect(notOk(checks, 'computing')).toEqual([]);
});

test('a missing privilege is named on the node that lacks it, and the fix grants it', async () => {
  const [shard] = cluster.shards;
  await shard!.sql("REVOKE RELOAD, BINLOG MONITOR ON *.* FROM tidemark@'127.0.0.1'");
  const { checks } = await inspect();
  const lacking = checkOf(checks, 'shard_1', 'privilege/reload')!;
  expect(lacking).toMatchObject({ state: 'warn', label: 'Privilege RELOAD' });
  expect(notOk(checks, 'shard_1')).toContain('unknown binlog_filters');
  expect(checkOf(checks, 'shard_2', 'privilege/reload')?.state).toBe('ok');
  await shard!.sql(`${lacking.fix} ${checkOf(checks, 'shard_1', 'privilege/binlog-monitor')!.fix}`);
  expect(notOk((await inspect()).checks, 'shard_1').filter((one) => one.includes('privilege'))).toEqual([]);
});

test('a right that comes from a role counts', async () => {
  const [shard] = cluster.shards;
  await shard!.sql(`CREATE ROLE reloader; GRANT RELOAD ON *.* TO reloader; GRANT reloader TO tidemark@'127.0.0.1';
    SET DEFAULT ROLE reloader FOR tidemark@'127.0.0.1'; REVOKE RELOAD ON *.* FROM tidemark@'127.0.0.1'`);
  expect(checkOf((await inspect()).checks, 'shard_1', 'privilege/reload')?.state).toBe('ok');
  await shard!.sql("GRANT RELOAD ON *.* TO tidemark@'127.0.0.1'; DROP ROLE reloader");
});

test('rights that the computing node withholds are named with their statement', async () => {
  await cluster.computing.sql(`CREATE ROLE stranger; CREATE SCHEMA closed AUTHORIZATION stranger;
    GRANT USAGE ON FOREIGN SERVER shard_1 TO stranger; SET ROLE stranger;
    CREATE FOREIGN TABLE closed.x (id int) SERVER shard_1`);
  await cluster.computing.sql('REVOKE USAGE ON FOREIGN SERVER shard_2 FROM lab_owner');
  await cluster.computing.sql('DROP USER MAPPING FOR PUBLIC SERVER shard_2');
  const { checks } = await inspect();
  expect(notOk(checks, 'computing')).toEqual([
    'warn privilege/usage',
    'warn user_mapping',
    'warn privilege/create',
    'warn privilege/select',
    'warn owners',
  ]);
  const fixes = checks.filter((one) => one.node === 'computing' && one.id.startsWith('privilege/') && one.fix !== '');
  for (const { fix } of fixes) await cluster.computing.sql(fix);
  expect(notOk((await inspect()).checks, 'computing')).toEqual(['warn user_mapping', 'warn owners']);
});

test('a storage node that is down is a row with its reason, and hides no other', async () => {
  await empty.addServer('down', 1);
  await empty.computing.sql("SET ROLE lab_owner; CREATE FOREIGN TABLE lost (id int) SERVER down OPTIONS (dbname 'd')");
  const { topology: seen, checks } = await inspect(empty.access);
  expect(seen.nodes.find((one) => one.name === 'down')).toMatchObject({ reachable: false, version: null });
  expect(seen.nodes.find((one) => one.name === 'store_1')).toMatchObject({ reachable: true });
  expect(checkOf(checks, 'down', 'reachable')).toMatchObject({ state: 'bad' });
  expect(seen.tables).toMatchObject([
    { table: 'lost', estimatedRows: 0, problem: null, fragments: [{ node: 'down' }] },
  ]);
  await empty.computing.sql('DROP SERVER down CASCADE');
});

test('an empty cluster shows its storage nodes all the same', async () => {
  const { topology: seen } = await inspect(empty.access);
  expect(seen.tables).toEqual([]);
  expect(seen.nodes.map((one) => one.name)).toEqual(['computing', 'store_1']);
});

test('testing a connection answers for a node that refuses, also for the computing one', async () => {
  const wrong = { ...empty.access, storage: { ...empty.access.storage, password: 'nope' } };
  const storage = await testConnection(wrong, { clock: systemClock });
  expect(storage.topology.nodes.map((one) => one.reachable)).toEqual([true, false]);
  expect(checkOf(storage.checks, 'store_1', 'sign-in')).toMatchObject({ state: 'bad' });

  const denied = { ...empty.access, computing: { ...empty.access.computing, password: 'nope' } };
  const computing = await testConnection(denied, { clock: systemClock });
  expect(computing.topology.nodes).toMatchObject([{ name: 'computing', reachable: false }]);
  expect(JSON.stringify([storage, computing])).not.toContain('nope');
  await expect(inspect(denied)).rejects.toMatchObject({ code: 'node/access-denied' });

  const good = await testConnection(empty.access, { clock: systemClock });
  expect(good.topology.tables).toEqual([]);
  expect(good.checks.filter((one) => one.state === 'bad')).toEqual([]);
});

test('a cluster of one server is read by its databases', async () => {
  const access: ClusterAccess = { kind: 'mysql', id: 'm', name: 'm', node: accessToShard(cluster.shards[0]!, 'only') };
  const { topology: seen } = await inspect(access);
  expect(seen.nodes.map((one) => one.name)).toEqual(['only']);
  expect(seen.tables.map((one) => [one.name, one.estimatedRows])).toEqual([
    ['d.odd_engine', 0],
    ['d.t_0', 500],
  ]);
  const tested = await testConnection(access, { clock: systemClock });
  expect(tested.checks.filter((one) => one.state === 'bad')).toEqual([]);
});

test('kinds that cannot be read yet say so', async () => {
  await expect(inspect({ ...cluster.access, kind: 'klustron' })).rejects.toBeInstanceOf(TidemarkError);
});

test('thousands of tables are seen in seconds, a server that has none of them open included', async () => {
  const [store] = empty.shards;
  const names = Array.from({ length: many }, (_, index) => `t${index}`);
  await store!.sql(`CREATE DATABASE many; USE many; ${names.map((name) => `CREATE TABLE ${name} (id INT PRIMARY KEY);`).join('\n')}
    INSERT INTO t7 SELECT seq FROM seq_1_to_100; ANALYZE TABLE t7; FLUSH TABLES;`);
  await empty.computing.sql(
    `SET ROLE lab_owner; ${names.map((name) => `CREATE FOREIGN TABLE ${name} (id int) SERVER store_1 OPTIONS (dbname 'many');`).join('\n')}`,
  );
  const start = performance.now();
  const { topology: seen } = await inspect(empty.access);
  const ms = performance.now() - start;
  expect(seen.tables).toHaveLength(many);
  expect(seen.tables.every((one) => one.problem === null)).toBe(true);
  expect(seen.tables.find((one) => one.table === 't7')?.estimatedRows).toBe(100);
  expect(ms).toBeLessThan(5_000);
});
