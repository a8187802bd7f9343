import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '#server/base/clock.ts';
import type { TidemarkError } from '#server/base/error.ts';
import { keyringOf } from '#server/config/keyring.ts';
import type { CredentialsInput, RegisterCluster, TableInfo, Topology } from '#server/contract/cluster.ts';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import { changeCredentials } from './change-credentials.ts';
import { countScope } from './count-scope.ts';
import { openCredentials, openForTest, sealForTest } from './credentials.ts';
import { registerCluster, type SecretContext } from './register.ts';
import { removeCluster } from './remove.ts';
import { searchTables } from './search-tables.ts';
import { showCluster } from './show.ts';
import { showTable } from './show-table.ts';
import { storeTopology, storeTopologyError } from './store-topology.ts';

let database: TestDatabase;
let context: SecretContext;
const keyring = keyringOf(Buffer.alloc(32, 5));
beforeAll(async () => {
  database = await startTestDatabase();
  const actor = { kind: 'person', id: null, name: 'olga', role: 'operator' } as const;
  context = { db: database.db, clock: systemClock, keyring, actor };
});
afterAll(() => database?.close());

const code = (error: unknown) => (error as TidemarkError).code;
const login = (user: string, password: string): CredentialsInput => ({ user, password, tls: { mode: 'disable' } });
const bank = (name: string): RegisterCluster => ({
  name,
  kind: 'fdw',
  address: { host: 'cn.example', port: 5432, database: 'postgres' },
  credentials: login('tidemark', 'p4ssw0rd-main'),
  storageCredentials: login('storage', 'p4ssw0rd-storage'),
  force: false,
});
const openAll = async (clusterId: string) =>
  (await database.db.clusterCredential.findMany({ where: { clusterId }, orderBy: { purpose: 'asc' } })).map(
    (row) => openCredentials(keyring, clusterId, row).password,
  );

function topologyOf(tables: readonly TableInfo[]): Topology {
  const node = {
    engine: 'mysql',
    host: 'h',
    port: 3306,
    version: '10.11',
    flavor: 'mariadb',
    reachable: true,
  } as const;
  return {
    kind: 'fdw',
    takenAt: '2026-11-20T10:00:00Z',
    nodes: [
      { ...node, name: 's1', role: 'storage', freeBytes: 2 ** 40, timeZone: 'UTC', clockSkewMs: -3.5 },
      { ...node, name: 's2', role: 'storage', freeBytes: null, timeZone: null, clockSkewMs: null, reachable: false },
    ],
    tables: [...tables],
  };
}
const table = (schema: string, name: string, bytes: number, problem: string | null = null): TableInfo => ({
  name: `postgres.${schema}.${name}`,
  database: 'postgres',
  schema,
  table: name,
  kind: 'table',
  estimatedRows: bytes / 100,
  bytes,
  fragments: [{ node: 's1', database: 'd', table: name, partition: null, estimatedRows: 1, bytes, engine: 'InnoDB' }],
  problem,
});

describe('credentials', () => {
  test('are sealed in the rows, and in no answer and no audit row', async () => {
    const { clusterId } = await registerCluster(context, bank('bank'));
    expect(await openAll(clusterId)).toEqual(['p4ssw0rd-main', 'p4ssw0rd-storage']);
    const everywhere = [
      await showCluster(context, { name: 'bank' }),
      await database.db.clusterCredential.findMany(),
      await database.db.auditEvent.findMany(),
    ];
    const text = JSON.stringify(everywhere, (_, value) => (typeof value === 'bigint' ? String(value) : value));
    expect(text).not.toContain('p4ssw0rd');
    expect(text).toContain('cn.example');
  });

  test('of one cluster do not open as those of another', async () => {
    const { clusterId } = await registerCluster(context, bank('other'));
    const row = await database.db.clusterCredential.findFirstOrThrow({ where: { clusterId: { not: clusterId } } });
    expect(() => openCredentials(keyring, clusterId, row)).toThrow(/another place/);
  });

  test('are changed without registering again; an empty password keeps the one there is', async () => {
    const { id: clusterId } = await showCluster(context, { name: 'bank' });
    await changeCredentials(context, { clusterId, credentials: login('newuser', '') });
    expect(await openAll(clusterId)).toEqual(['p4ssw0rd-main', 'p4ssw0rd-storage']);
    await changeCredentials(context, { clusterId, storageCredentials: login('storage', 'next') });
    expect(await openAll(clusterId)).toEqual(['p4ssw0rd-main', 'next']);
    const { credentials } = await showCluster(context, { id: clusterId });
    expect(credentials.map(({ purpose, user }) => `${purpose} ${user}`).sort()).toEqual([
      'main newuser',
      'storage storage',
    ]);
  });
});

test('a change of user and password leaves TLS as it is, unless it says otherwise', async () => {
  const { clusterId } = await registerCluster(context, {
    ...bank('secure'),
    credentials: { ...login('tidemark', 'one'), tls: { mode: 'verify-full', serverName: 'cn.example' } },
  });
  const main = async () =>
    openCredentials(
      keyring,
      clusterId,
      await database.db.clusterCredential.findFirstOrThrow({ where: { clusterId, purpose: 'main' } }),
    );
  await changeCredentials(context, { clusterId, credentials: { user: 'next', password: 'two' } });
  expect(await main()).toEqual({
    user: 'next',
    password: 'two',
    tls: { mode: 'verify-full', serverName: 'cn.example' },
  });
  await changeCredentials(context, { clusterId, credentials: login('next', '') });
  expect(await main()).toEqual(login('next', 'two'));
});

test('the credentials of a connection test open for the address they were typed for, and no other', () => {
  const asked = { kind: 'mysql' as const, address: { host: 'db.example', port: 3306, database: '' } };
  const given = { main: login('tidemark', 'one') };
  const sealed = sealForTest(keyring, asked, given);
  expect(openForTest(keyring, asked, sealed)).toEqual(given);
  const elsewhere = { ...asked, address: { ...asked.address, host: 'evil.example' } };
  expect(() => openForTest(keyring, elsewhere, sealed)).toThrow(/another place/);
});

test('a name is taken once', async () => {
  await expect(registerCluster(context, bank('bank')).catch(code)).resolves.toBe('conflict/name-taken');
});

describe('what was seen of a cluster', () => {
  test('replaces what was seen before, and an error leaves it with its age', async () => {
    const { id: clusterId } = await showCluster(context, { name: 'bank' });
    const check = {
      node: 's1',
      id: 'log_bin',
      label: 'Binary log',
      state: 'bad',
      detail: 'off',
      fix: 'SET …',
    } as const;
    const store = (tables: TableInfo[]) =>
      database.db.$transaction((rows) =>
        storeTopology(rows, clusterId, { topology: topologyOf(tables), checks: [check] }),
      );
    await store([table('public', 'gone', 100)]);
    await store([table('public', 'a', 100), table('public', 'b', 300)]);
    const failure = { code: 'node/unreachable', message: 'no', hint: '', context: {} } as const;
    await database.db.$transaction((rows) => storeTopologyError(rows, clusterId, failure));
    expect(await showCluster(context, { id: clusterId })).toMatchObject({
      topologyAt: new Date('2026-11-20T10:00:00Z'),
      topologyError: failure,
      tableCount: 2,
      totalBytes: 400n,
      health: 'bad',
      nodes: topologyOf([]).nodes,
      checks: [check],
    });
    const { tables, total } = await searchTables(context, { clusterId, order: 'bytes' });
    expect([total, tables.map(({ name }) => name)]).toEqual([2, ['postgres.public.b', 'postgres.public.a']]);
    const shown = await showTable(context, { clusterName: 'bank', table: '"postgres".public.a' });
    expect(shown).toMatchObject({
      cluster: { id: clusterId, name: 'bank', kind: 'fdw' },
      ...{ name: 'postgres.public.a', seen: tables[1], seenAt: new Date('2026-11-20T10:00:00Z'), backups: 0 },
    });
    // One that is gone is known as long as a backup holds it; any other name is a mistake.
    const gone = { clusterName: 'bank', table: 'postgres.public.gone' };
    await expect(showTable(context, gone).catch(code)).resolves.toBe('table/not-found');
    await expect(showTable(context, { ...gone, table: 'a.b' }).catch(code)).resolves.toBe('input/invalid');
    await expect(showTable(context, { ...gone, clusterName: 'x' }).catch(code)).resolves.toBe('not-found');
    await database.db.destination.create({ data: { id: 'd', name: 'd', kind: 'fs', config: {} } });
    const at = new Date('2026-11-20T09:00:00Z');
    const sizes = { tableCount: 1, rows: 1, rawBytes: 1, storedBytes: 1 };
    await database.db.backup.create({
      data: {
        ...{ id: 'b', clusterId, clusterName: 'bank', clusterKind: 'fdw', destinationId: 'd', method: 'logical' },
        ...{ at, startedAt: at, finishedAt: at, cutProven: true, manifestSha256: '', ...sizes },
        tables: { create: { name: gone.table, tableId: 't', rows: 1, rawBytes: 1, storedBytes: 1, fragments: 1 } },
      },
    });
    expect(await showTable(context, gone)).toMatchObject({ name: gone.table, seen: null, backups: 1 });
    await database.db.backup.delete({ where: { id: 'b' } });
  });

  test('is stored and searched quickly at 20,000 tables, and odd characters stand for themselves', async () => {
    const { clusterId } = await registerCluster(context, bank('large'));
    const many = Array.from({ length: 20_000 }, (_, n) => table(n % 2 ? 'odd' : 'even', `Table_${n}`, 100 + n));
    many.push(table('odd', '100%_"x".y', 1, 'has a problem'));
    const began = performance.now();
    await database.db.$transaction((rows) =>
      storeTopology(rows, clusterId, { topology: topologyOf(many), checks: [] }),
    );
    const storedMs = performance.now() - began;
    expect(storedMs).toBeLessThan(20_000);
    const times: number[] = [];
    for (const text of ['table_1999', 'TABLE_42', 'nothing', '', 'odd.table_7']) {
      const from = performance.now();
      await searchTables(context, { clusterId, text });
      times.push(performance.now() - from);
    }
    console.info(
      `20,000 tables: stored in ${storedMs.toFixed(0)} ms, searched in ${Math.max(...times).toFixed(0)} ms at most`,
    );
    expect(Math.max(...times)).toBeLessThan(500);
    expect((await searchTables(context, { clusterId, text: 'table_1999' })).total).toBe(11);
    expect((await searchTables(context, { clusterId, text: '100%_"' })).total).toBe(1);
    expect((await searchTables(context, { clusterId, text: '%' })).total).toBe(1);
    const scope = { all: false, databases: [], schemas: ['postgres.odd'], tables: [], patterns: [], exclude: ['*_1'] };
    expect(await countScope(context, { clusterId, scope })).toMatchObject({
      tables: 9_999,
      problems: [{ name: 'postgres.odd.100%_"x".y', problem: 'has a problem' }],
    });
  });
});

test('a cluster with work in progress or kept copies is not removed; its backups outlive it', async () => {
  const { id: clusterId } = await showCluster(context, { name: 'bank' });
  const job = { id: 'j1', kind: 'backup', lane: 'long', input: {}, createdBy: 'olga', clusterId, clusterName: 'bank' };
  await database.db.job.create({ data: job });
  await expect(removeCluster(context, { clusterId }).catch(code)).resolves.toBe('conflict/in-use');
  await database.db.job.update({ where: { id: 'j1' }, data: { state: 'succeeded' } });
  const kept = {
    id: 'k1',
    jobId: 'j1',
    clusterId,
    table: 't',
    keptAs: 't_kept',
    bytes: 1,
    pieces: [],
    expiresAt: new Date(),
  };
  await database.db.keptCopy.create({ data: kept });
  await expect(removeCluster(context, { clusterId }).catch(code)).resolves.toBe('conflict/in-use');
  await database.db.keptCopy.update({ where: { id: 'k1' }, data: { droppedAt: new Date() } });
  await removeCluster(context, { clusterId });
  expect(await database.db.job.findUnique({ where: { id: 'j1' } })).toMatchObject({
    clusterId: null,
    clusterName: 'bank',
  });
  expect(await database.db.clusterCredential.count({ where: { clusterId } })).toBe(0);
  await expect(showCluster(context, { name: 'bank' }).catch(code)).resolves.toBe('not-found');
});
