import { afterAll, beforeAll, expect, it } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import type { ClusterAccess } from '#server/engine/cluster-access.ts';
import { type ReplicaFixture, startReplicaFixture } from '#server/engine/mysql/replica-fixture.ts';
import { checkLoad } from './check-load.ts';
import { paceLoads } from './load-pace.ts';
import { restore } from './restore.ts';
import { type RestoreFixture, startRestoreFixture, TestJob } from './restore-fixture.ts';
import { openWorld } from './world.ts';

const MiB = 1024 ** 2;
const rows = 6_000;
let fixture: RestoreFixture;
let backupId: string;

beforeAll(async () => {
  fixture = await startRestoreFixture(['shop'], 50);
  await fixture.sql(
    'shop',
    `CREATE DATABASE m; CREATE TABLE m.t (id INT PRIMARY KEY, v VARCHAR(1000), n INT, KEY (n));
     INSERT INTO m.t SELECT seq, REPEAT(MD5(seq), 28), seq % 9 FROM m.seq_1_to_${rows};
     CREATE TABLE m.small (id INT PRIMARY KEY); INSERT INTO m.small VALUES (1);
     CREATE TABLE m.tiny (id INT PRIMARY KEY); INSERT INTO m.tiny VALUES (1)`,
  );
  backupId = await fixture.backup('shop', ['m.t', 'm.small', 'm.tiny']);
});
afterAll(() => fixture?.stop());

/** What the binlog would tell a replica. */
const logged = async () => (await fixture.sql('shop', 'SELECT @@gtid_binlog_pos')).trim();
const sources = [{ source: 'm.t' }, { source: 'm.small' }, { source: 'm.tiny' }];

it('without the binlog nothing of a restore is in it, small tables neither, and the plan says what that means', async () => {
  const plan = await fixture.plan('shop', backupId, sources, { logBin: false });
  expect(plan.checks.find(({ id }) => id === 'binlog/shop')).toMatchObject({
    state: 'warn',
    detail: expect.stringContaining('replicas'),
  });
  expect(plan.steps.map(({ detail }) => detail).join()).toContain('not written to the binlog');
  const before = await logged();
  const { tables } = await fixture.run(plan);
  expect(tables.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(await logged()).toBe(before);
  expect(await fixture.scratch('shop')).toEqual([]);
  expect(await fixture.sql('shop', `SELECT count(*) FROM ${plan.tables[0]!.target}`)).toBe(`${rows}\n`);
  for (const { target } of plan.tables) await fixture.sql('shop', `SET sql_log_bin = 0; DROP TABLE ${target}`);
});

it('as usual a restore is in the binlog, and no word is lost on it', async () => {
  const plan = await fixture.plan('shop', backupId, sources);
  expect(plan.checks.some(({ id }) => id.startsWith('binlog/'))).toBe(false);
  const before = await logged();
  await fixture.run(plan);
  expect(await logged()).not.toBe(before);
  for (const { target } of plan.tables) await fixture.sql('shop', `DROP TABLE ${target}`);
});

it('a restore in place is never kept out of the binlog', async () => {
  await expect(fixture.plan('shop', backupId, sources, { logBin: false, clean: true })).rejects.toMatchObject({
    code: 'input/invalid',
  });
});

it('who may not keep writes out of the binlog is told before anything begins', async () => {
  const users = "tidemark@'127.0.0.1', tidemark@localhost";
  await fixture.sql('shop', `REVOKE BINLOG ADMIN ON *.* FROM ${users}`);
  try {
    const plan = await fixture.plan('shop', backupId, sources, { logBin: false });
    expect(plan.checks.find(({ id }) => id === 'binlog/shop')).toMatchObject({ state: 'bad' });
    await expect(fixture.run(plan)).rejects.toMatchObject({ code: 'restore/checks-failed' });
  } finally {
    await fixture.sql('shop', `GRANT BINLOG ADMIN ON *.* TO ${users}`);
  }
});

it('a row that the target would refuse is named by the plan, and one that fits is not', async () => {
  await fixture.sql(
    'shop',
    "CREATE TABLE m.wide (id INT PRIMARY KEY, b LONGBLOB); INSERT INTO m.wide VALUES (1, REPEAT('x', 5000000))",
  );
  const wideId = await fixture.backup('shop', ['m.wide']);
  const [was] = (await fixture.sql('shop', 'SELECT @@global.max_allowed_packet')).split('\n');
  const checked = async () => (await fixture.plan('shop', wideId, [{ source: 'm.wide' }])).checks;
  const packet = (checks: Awaited<ReturnType<typeof checked>>) => checks.find(({ id }) => id === 'packet/shop');
  try {
    await fixture.sql('shop', 'SET GLOBAL max_allowed_packet = 6291456');
    expect(packet(await checked())).toMatchObject({ state: 'ok' });
    await fixture.sql('shop', 'SET GLOBAL max_allowed_packet = 4194304');
    expect(packet(await checked())).toMatchObject({
      state: 'bad',
      detail: expect.stringContaining('m.wide has a row'),
    });
  } finally {
    await fixture.sql('shop', `SET GLOBAL max_allowed_packet = ${was}`);
  }
});

it('a load takes no more a second than it was allowed', async () => {
  const plan = await fixture.plan('shop', backupId, sources, { maxBytesPerSecond: 2 * MiB });
  const rawBytes = plan.tables.reduce((sum, table) => sum + table.rawBytes, 0);
  const began = performance.now();
  const { tables } = await fixture.run(plan);
  const seconds = (performance.now() - began) / 1_000;
  expect(tables.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(seconds).toBeGreaterThan(rawBytes / (2 * MiB) - 0.4);
  expect(seconds).toBeLessThan(rawBytes / (2 * MiB) + 4);
});

it('a replica that does not tell how far behind it is is told by the plan, with what to do', async () => {
  const access = fixture.access('shop') as Extract<ClusterAccess, { kind: 'mysql' }>;
  const { host, port } = access.node;
  const checked = async (replica: { host: string; port: number }) => {
    const target = { ...access, replicas: new Map([['shop', replica]]) };
    const world = await openWorld(target, { clock: systemClock });
    try {
      const checks = await checkLoad(world, 'shop', { logBin: true, maxReplicaLagSeconds: 5 }, false);
      return checks.find(({ id }) => id === 'replicas/shop');
    } finally {
      await world.close();
    }
  };
  const users = "tidemark@'127.0.0.1', tidemark@localhost";
  expect(await checked({ host, port: 1 })).toMatchObject({
    state: 'warn',
    detail: expect.stringMatching(/^loading does not wait for 127.0.0.1:1: no connection/),
  });
  expect(await checked({ host, port })).toMatchObject({
    state: 'warn',
    detail: expect.stringMatching(/does not wait for .*REPLICA MONITOR|does not wait for .*SLAVE MONITOR/),
    fix: expect.stringContaining('GRANT REPLICA MONITOR'),
  });
  await fixture.sql('shop', `GRANT REPLICA MONITOR ON *.* TO ${users}`);
  try {
    expect(await checked({ host, port })).toMatchObject({
      state: 'warn',
      detail: expect.stringMatching(/does not wait for .*: it replicates from nobody/),
    });
  } finally {
    await fixture.sql('shop', `REVOKE REPLICA MONITOR ON *.* FROM ${users}`);
  }
});

it('a node that cannot be asked for its replicas keeps no other table from being restored', async () => {
  const access = fixture.access('shop') as Extract<ClusterAccess, { kind: 'mysql' }>;
  const target = { ...access, node: { ...access.node, port: 1, socketPath: undefined } };
  const { tables } = await fixture.plan('shop', backupId, sources);
  const world = await openWorld(target, { clock: systemClock });
  const job = new TestJob();
  const plan = { tables, maxBytesPerSecond: null, maxReplicaLagSeconds: 5 };
  const { pace, close } = await paceLoads(job.attempt(), world, plan);
  expect(pace).toBeDefined();
  expect(job.events).toMatchObject([
    {
      level: 'warn',
      message: expect.stringMatching(/^loading into node shop does not wait for a replica: no connection/),
    },
  ]);
  await close();
  await world.close();
});

it('a load waits while a replica is behind, says so, and goes on when it is not', { timeout: 60_000 }, async () => {
  const pair: ReplicaFixture = await startReplicaFixture('shop');
  try {
    const { host, port } = pair.replicaAccess;
    const target: ClusterAccess = {
      kind: 'mysql',
      id: 'pair',
      name: 'pair',
      node: pair.primaryAccess,
      replicas: new Map([['shop', { host, port }]]),
    };
    const plan = {
      ...(await fixture.plan('shop', backupId, [{ source: 'm.t', target: 'm.again' }])),
      maxReplicaLagSeconds: 5,
    };
    await pair.replica.sql('STOP SLAVE SQL_THREAD');
    const job = new TestJob();
    const running = restore(job.attempt(), { plan, storage: fixture.storage, target });
    let sent = 0;
    job.onStep = (step) => {
      if (step === 'rows running') sent = job.reports.at(-1)!.rowsDone ?? 0;
    };
    for (const until = performance.now() + 20_000; performance.now() < until; await pause(50)) {
      if (job.events.some(({ message }) => message.includes('waits: replica'))) break;
    }
    expect(job.events.map(({ message }) => message).join()).toContain('loading into node shop waits: replica');
    expect(sent).toBe(0);
    expect(job.signs.at(-1)).toMatchObject({ node: 'shop', waitsBecause: expect.stringMatching(/^replica /) });
    await pair.replica.sql('START SLAVE SQL_THREAD');
    const { tables } = await running;
    expect(tables[0]).toMatchObject({ outcome: 'succeeded', rows });
    expect(job.events.map(({ message }) => message).join()).toContain('loading into node shop goes on');
    expect(job.signs.at(-1)).toMatchObject({ node: 'shop', waitsBecause: null });
    expect(job.signs.at(-1)!.waitedMs).toBeGreaterThan(0);
  } finally {
    await pair.stop();
  }
});
