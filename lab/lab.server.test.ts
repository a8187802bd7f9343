import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyTypeRows } from './clusters/shop-every-type.ts';
import { labDown, labStatus } from './down.ts';
import { runMariadbSql } from './mariadb-client.ts';
import { type LabNode, nodeNamed } from './node.ts';
import { readState } from './state.ts';
import { type Lab, labUp } from './up.ts';
import { tidemarkPrivileges } from './users.ts';

const rows = 2_000;
let folder: string;
let lab: Lab;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-lab-'));
  lab = await labUp({ folder, rows, ephemeral: true });
});

afterAll(async () => {
  await labDown({ folder });
  rmSync(folder, { recursive: true, force: true });
});

async function ask(node: LabNode, sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
  const { host, port, database, user, password } = node;
  const client = new pg.Client({ host, port, database, user, password, ssl: false });
  await client.connect();
  return client
    .query(sql, values)
    .then((result) => result.rows)
    .finally(() => client.end());
}

const asTidemark = (node: LabNode, sql: string) =>
  runMariadbSql(node.socket, { user: node.user, password: node.password }, sql);

test('every row of transfer_account is seen through the computing node', async () => {
  const seen = await ask(
    nodeNamed(lab.nodes, 'bank-computing'),
    'SELECT count(*)::int AS n, max(id)::int AS last FROM public.transfer_account',
  );
  expect(seen).toEqual([{ n: rows, last: rows }]);
});

test('a pruned query finds each sampled row: it lies in the leaf of its hash', async () => {
  const node = nodeNamed(lab.nodes, 'bank-computing');
  const ids = Array.from({ length: 60 }, (_, at) => 1 + at * 33);
  for (const id of ids) {
    expect(await ask(node, `SELECT id::int FROM public.transfer_account WHERE id = ${id}`)).toEqual([{ id }]);
  }
  const plan = await ask(node, 'EXPLAIN SELECT * FROM public.transfer_account WHERE id = 7');
  expect(JSON.stringify(plan).match(/transfer_account_p\d/g)).toHaveLength(1);
});

test('tables with odd names, deep partitions and 4-byte characters read through the computing node', async () => {
  const node = nodeNamed(lab.nodes, 'bank-computing');
  for (const name of ['"Fee ""2026"""', '"odd.name$$x"', '"转账 记录"', '"MixedCase"']) {
    const [row] = await ask(
      node,
      `SELECT "odd ""col.umn" AS text, count(*) OVER ()::int AS n FROM public.${name} WHERE id = 1`,
    );
    expect(row).toEqual({ text: 'it\'s "row" 1 中🙂', n: 1 });
  }
  const regions = await ask(node, 'SELECT region, count(*)::int AS n FROM acct.ledger GROUP BY region ORDER BY region');
  expect(regions).toEqual([
    { region: 'eu', n: 500 },
    { region: 'jp', n: 500 },
    { region: 'us', n: 1_000 },
  ]);
});

test('every_type and the tables around it can be read with the privileges of tidemark', async () => {
  const node = nodeNamed(lab.nodes, 'shop');
  expect(await asTidemark(node, 'SELECT count(*) FROM shop.every_type')).toBe(`${everyTypeRows}\n`);
  const types = await asTidemark(
    node,
    "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_schema = 'shop' AND table_name = 'every_type'",
  );
  expect(types.trim().split('\n')).toHaveLength(39); // every type of 10.11: aliases, signs and lengths fold into these
  const kinds = await asTidemark(
    node,
    "SELECT DISTINCT table_type FROM information_schema.tables WHERE table_schema = 'shop' ORDER BY 1",
  );
  expect(kinds.trim().split('\n').sort()).toEqual(['BASE TABLE', 'SEQUENCE', 'SYSTEM VERSIONED', 'VIEW']);
});

test('tidemark may hold commits and read the binlog position on every storage node, and has no more than the list', async () => {
  for (const node of lab.nodes.filter((candidate) => candidate.engine === 'mysql')) {
    await asTidemark(
      node,
      'BACKUP STAGE START; BACKUP STAGE BLOCK_COMMIT; SHOW MASTER STATUS; XA RECOVER; BACKUP STAGE END',
    );
    const grants = await asTidemark(
      node,
      "SELECT privilege_type FROM information_schema.user_privileges WHERE grantee = concat(quote('tidemark'), '@', quote('localhost'))",
    );
    expect(new Set(grants.trim().split('\n'))).toEqual(new Set<string>(tidemarkPrivileges));
  }
});

test('bank2 has no tables and another layout; its owner may create foreign tables', async () => {
  const node = nodeNamed(lab.nodes, 'bank2-computing');
  expect(await ask(node, 'SELECT srvname FROM pg_foreign_server')).toEqual([{ srvname: 'store_1' }]);
  expect(
    await ask(
      node,
      "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'f') AND relnamespace = 'public'::regnamespace",
    ),
  ).toEqual([]);
  await ask(node, 'BEGIN; CREATE SCHEMA s; CREATE FOREIGN TABLE s.t (id bigint) SERVER store_1; ROLLBACK');
});

test('warehouse has several databases and a second tablespace', async () => {
  const node = nodeNamed(lab.nodes, 'warehouse');
  expect(await ask(node, 'SELECT count(*)::int AS n FROM stock.item')).toEqual([{ n: rows }]);
  const spaces = await ask(node, "SELECT spcname FROM pg_tablespace WHERE spcname NOT LIKE 'pg\\_%'");
  expect(spaces).toEqual([{ spcname: 'second' }]);
});

test('status names every node as running, and passwords are only in secrets.json, for our eyes', () => {
  const status = labStatus(folder);
  expect(status.map((node) => node.name).sort()).toEqual(lab.nodes.map((node) => node.name).sort());
  expect(status.every((node) => node.running)).toBe(true);
  const secrets = readFileSync(join(folder, 'secrets.json'), 'utf8');
  expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
  const state = readFileSync(join(folder, 'lab.json'), 'utf8');
  const commandLines = lab.nodes.map((node) => readFileSync(`/proc/${node.pid}/cmdline`, 'utf8')).join();
  for (const { password, appPassword } of lab.nodes) {
    expect(secrets).toContain(password);
    expect(state + commandLines).not.toContain(password);
    expect(state + commandLines).not.toContain(appPassword);
  }
});

test('up again leaves running servers and their rows alone', async () => {
  const again = await labUp({ folder, clusters: ['bank'], ephemeral: true });
  expect(again.nodes.map((node) => node.pid)).toEqual(
    lab.nodes.filter((node) => node.cluster === 'bank').map((node) => node.pid),
  );
});

test('a lab started again with another port taken reads through the computing node as before; down leaves no process', async () => {
  const before = nodeNamed(lab.nodes, 'bank-shard_1');
  await labDown({ folder, clusters: ['bank'] });
  expect(labStatus(folder).filter((node) => node.running && node.cluster === 'bank')).toEqual([]);
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(before.port, '127.0.0.1', resolve));
  try {
    const again = await labUp({ folder, clusters: ['bank'], ephemeral: true });
    expect(nodeNamed(again.nodes, 'bank-shard_1').port).not.toBe(before.port);
    const seen = await ask(
      nodeNamed(again.nodes, 'bank-computing'),
      'SELECT count(*)::int AS n FROM public.transfer_account',
    );
    expect(seen).toEqual([{ n: rows }]);
  } finally {
    squatter.close();
  }
  await labDown({ folder });
  const mentions = readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => commandLineOf(pid).includes(`${folder}/`));
  expect(mentions).toEqual([]);
  expect(readState(folder).filled).toHaveLength(4);
});

function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return ''; // it ended while we looked
  }
}
