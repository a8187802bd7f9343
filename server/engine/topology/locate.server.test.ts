import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TidemarkError } from '#server/base/error.ts';
import { type Scope, scopeInput } from '#server/contract/scope.ts';
import { formatTableName } from '#server/contract/table-name.ts';
import type { ClusterAccess } from '../cluster-access.ts';
import { accessToShard, type FdwFixture, startFdwCluster } from './fdw-fixture.ts';
import { type LocatedTable, locateTables } from './locate.ts';
import { targetNodes } from './target-nodes.ts';

let cluster: FdwFixture;
let closedPort: number;
const tables = `CREATE DATABASE \`postgres_$$_public\`; USE \`postgres_$$_public\`;`;

beforeAll(async () => {
  cluster = await startFdwCluster(['shard_1', 'shard_2']);
  closedPort = await unusedPort();
  await cluster.addServer('alias_of_2', cluster.shards[1]!.port);
  await cluster.addServer('down', closedPort);
  await cluster.shards[0]!.sql(`${tables} CREATE TABLE leaf_a (id INT PRIMARY KEY); CREATE TABLE leaf_c (id INT);
    CREATE TABLE plain (id INT); CREATE TABLE \`Fee "2026"\` (id INT); CREATE TABLE \`odd.name$$x\` (id INT);
    CREATE TABLE \`Größe 大\` (id INT); CREATE TABLE mixedcase (id INT); CREATE VIEW a_view AS SELECT 1 AS id;`);
  await cluster.shards[1]!.sql(`${tables} CREATE TABLE leaf_b (id INT);`);
  const foreign = (name: string, server: string, table: string) =>
    `CREATE FOREIGN TABLE ${name} (id int) SERVER ${server} OPTIONS (dbname 'postgres_$$_public', table_name '${table}');`;
  const leaf = (name: string, of: string, bound: string, server: string, table: string) =>
    `CREATE FOREIGN TABLE ${name} PARTITION OF ${of} ${bound} SERVER ${server} OPTIONS (dbname 'postgres_$$_public', table_name '${table}');`;
  await cluster.computing.sql(`SET ROLE lab_owner; CREATE SCHEMA deep;
    CREATE TABLE tree (id int, at date) PARTITION BY LIST (id);
    CREATE TABLE deep.branch PARTITION OF tree FOR VALUES IN (1) PARTITION BY RANGE (at);
    ${leaf('deep.p_old', 'deep.branch', `FOR VALUES FROM ('2020-01-01') TO ('2025-01-01')`, 'shard_1', 'leaf_a')}
    ${leaf('deep.p_new', 'deep.branch', `FOR VALUES FROM ('2025-01-01') TO ('2030-01-01')`, 'shard_2', 'leaf_b')}
    ${leaf('p_rest', 'tree', 'DEFAULT', 'shard_1', 'leaf_c')}
    ${foreign('plain', 'shard_1', 'plain')}
    ${foreign('"Fee ""2026"""', 'shard_1', 'Fee "2026"')}
    ${foreign('"odd.name$$x"', 'shard_1', 'odd.name$$x')}
    ${foreign('"Größe 大"', 'shard_1', 'Größe 大')}
    ${foreign('"MixedCase"', 'shard_1', 'MixedCase')}
    ${foreign('gone', 'shard_1', 'no_such_table')}
    ${foreign('seen_as_view', 'shard_1', 'a_view')}
    ${foreign('on_down', 'down', 'plain')}
    CREATE TABLE local (id int); CREATE VIEW a_view AS SELECT 1 AS one`);
});
afterAll(() => cluster?.stop());

/** A port that nobody listens on: taken for a moment and given back. */
function unusedPort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}

const locate = (scope: Partial<Scope>, access: ClusterAccess = cluster.access) =>
  locateTables(access, { scope: scopeInput.parse(scope) });
const named = (found: LocatedTable[], table: string) => found.find((one) => one.name.table === table)!;
const failureOf = async (work: Promise<unknown>): Promise<TidemarkError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof TidemarkError)) throw new Error(`no named failure but ${String(error)}`);
  return error;
};

test('a tree of several levels and schemas is one table whose leaves lie on their own nodes', async () => {
  const { tables: found, nodes } = await locate({ tables: ['postgres.public.tree'] });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ kind: 'partitioned', problem: null });
  const places = found[0]!.fragments.map((one) => `${one.partition}: ${one.node} ${one.database}.${one.table}`);
  expect(places.sort()).toEqual([
    'p_new: alias_of_2 postgres_$$_public.leaf_b',
    'p_old: shard_1 postgres_$$_public.leaf_a',
    'p_rest: shard_1 postgres_$$_public.leaf_c',
  ]);
  expect([...nodes.keys()].sort()).toEqual(['alias_of_2', 'shard_1']);
});

test('names with quotes, dots, $$, Unicode and case are found as they are', async () => {
  const { tables: found } = await locate({
    tables: ['postgres.public."Fee ""2026"""', 'postgres.public."odd.name$$x"', 'postgres.public."Größe 大"'],
  });
  expect(found.map((one) => [one.fragments[0]!.table, one.problem])).toEqual([
    ['Fee "2026"', null],
    ['Größe 大', null],
    ['odd.name$$x', null],
  ]);
});

test('a storage table is found without regard to case and then named as the node names it', async () => {
  const { tables: found } = await locate({ tables: ['postgres.public.MixedCase'] });
  expect(found[0]).toMatchObject({ problem: null, fragments: [{ table: 'mixedcase' }] });
});

test('a table that cannot be read keeps its own problem and holds up no other', async () => {
  const { tables: found, nodes } = await locate({ all: true });
  expect(named(found, 'gone').problem).toContain('there is no table postgres_$$_public.no_such_table on node shard_1');
  expect(named(found, 'seen_as_view').problem).toContain('is a view');
  expect(named(found, 'local').problem).toContain('computing node itself');
  expect(named(found, 'on_down').problem).toContain('down');
  expect(named(found, 'plain').problem).toBeNull();
  expect(nodes.has('down')).toBe(false);
  expect(found.some((one) => one.name.table === 'a_view' || one.name.table === 'p_rest')).toBe(false);
});

test('when every table in scope lies on a node that is down, the node is the failure', async () => {
  expect(await failureOf(locate({ tables: ['postgres.public.on_down'] }))).toMatchObject({
    code: 'node/unreachable',
    context: { node: 'down' },
  });
});

test('what is not there is an error by name', async () => {
  expect((await failureOf(locate({ tables: ['postgres.public.nothing'] }))).code).toBe('table/not-found');
  expect((await failureOf(locate({ tables: ['postgres.public.p_rest'] }))).hint).toContain('postgres.public.tree');
  expect((await failureOf(locate({ databases: ['another'] }))).code).toBe('backup/no-tables');
});

test('a wrong password is said of the node that refused it', async () => {
  const wrong = { ...cluster.access, computing: { ...cluster.access.computing, password: 'wrong' } };
  expect(await failureOf(locate({ all: true }, wrong))).toMatchObject({ code: 'node/access-denied' });
  const storage = { ...cluster.access, storage: { ...cluster.access.storage, password: 'wrong' } };
  const refused = await failureOf(locate({ tables: ['postgres.public.plain'] }, storage));
  expect(refused).toMatchObject({ code: 'node/access-denied', context: { node: 'shard_1' } });
  expect(JSON.stringify([refused.message, refused.context])).not.toContain('wrong');
});

test('a cancelled look ends as cancelled', async () => {
  const controller = new AbortController();
  const work = locateTables(cluster.access, { scope: scopeInput.parse({ all: true }), signal: controller.signal });
  controller.abort();
  expect((await failureOf(work)).code).toBe('job/cancelled');
});

test('one server is a cluster of its databases, without the system and without staging', async () => {
  const access: ClusterAccess = {
    kind: 'mysql',
    id: 'm',
    name: 'm',
    node: accessToShard(cluster.shards[0]!, 'only'),
  };
  await cluster.shards[0]!.sql(
    'CREATE DATABASE tidemark_01arz3ndektsv4rrffq69g5fav_0; CREATE TABLE tidemark_01arz3ndektsv4rrffq69g5fav_0.t (id INT)',
  );
  const { tables: found, nodes } = await locate({ all: true }, access);
  expect(found.map((one) => formatTableName(one.name))).toContain('postgres_$$_public."Fee ""2026"""');
  expect(new Set(found.map((one) => one.name.database))).toEqual(new Set(['postgres_$$_public']));
  expect(found.every((one) => one.fragments.length === 1 && one.problem === null)).toBe(true);
  expect([...nodes.keys()]).toEqual(['only']);
});

test('a restore may use every storage node, also one that holds no table, and learns which are down', async () => {
  const nodes = await targetNodes(cluster.access);
  expect(nodes.map((node) => [node.name, node.serverName, node.problem?.code ?? null])).toEqual([
    ['alias_of_2', 'alias_of_2', null],
    ['down', 'down', 'node/unreachable'],
    ['shard_1', 'shard_1', null],
  ]);
  expect(nodes[2]!.tableBytes).toBeGreaterThan(0);
});

test('kinds that cannot be read yet say so', async () => {
  const access = { ...cluster.access, kind: 'klustron' as const };
  expect((await failureOf(locate({ all: true }, access))).code).toBe('node/unsupported');
});
