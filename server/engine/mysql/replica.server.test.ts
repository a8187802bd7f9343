import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { takeCut } from './cut.ts';
import { nodeQuestions } from './node-questions.ts';
import { catchUp, fitReplication } from './replica.ts';
import { type ReplicaFixture, startReplicaFixture } from './replica-fixture.ts';
import { replicaLagPace } from './replica-lag-pace.ts';
import { appliedPosition, replicaPosition } from './replica-position.ts';
import { replicaStatusSql, replicationIn } from './replica-status.ts';
import { openSnapshot } from './snapshot.ts';

const never = new AbortController().signal;
const signals = { stop: never, abandon: never, clock: systemClock };
let lab: ReplicaFixture;
let primary: MysqlConnection;

beforeAll(async () => {
  lab = await startReplicaFixture('s1');
  primary = await openMysqlConnection(lab.primaryAccess);
  await primary.execute('CREATE DATABASE d');
  await primary.execute('CREATE TABLE d.w (n INT PRIMARY KEY)');
  await primary.execute('CREATE TABLE d.twice (n INT PRIMARY KEY)');
});

afterAll(async () => {
  await primary?.close();
  await lab?.stop();
});

let last = 0;

/** Transactions one after the other over several sessions, each of one row in both tables, until it is stopped. */
function writers(count: number): () => Promise<void> {
  let going = true;
  const write = async () => {
    const session = await openMysqlConnection(lab.primaryAccess);
    while (going) {
      const own = ++last;
      await session.execute('BEGIN');
      await session.execute('INSERT INTO d.w VALUES (?)', [own]);
      await session.execute('INSERT INTO d.twice VALUES (?)', [own]);
      await session.execute('COMMIT');
      // Enough to be in the middle of it, not so much that the log takes long to be looked through.
      await pause(Math.random() * 4);
    }
    await session.close();
  };
  const all = Promise.all(Array.from({ length: count }, write));
  return async () => {
    going = false;
    await all;
  };
}

/** Replication starts some moments after it was told to. */
async function replicates(): Promise<void> {
  const replica = await openMysqlConnection(lab.replicaAccess);
  for (;;) {
    const [status] = replicationIn(await replica.query(replicaStatusSql));
    if (status?.ioRunning && status.sqlRunning) break;
    await pause(20);
  }
  await replica.close();
}

const gtidNumber = (gtid: string) => Number(gtid.split('-')[2]);

/** How many of our transactions the primary's log holds from a position on, told by the primary. */
async function insertsFrom(file: string, offset: string): Promise<number> {
  const events = await primary.query(`SHOW BINLOG EVENTS IN '${file}' FROM ${BigInt(offset)}`);
  return events.filter(({ Event_type, Info }) => Event_type === 'Table_map' && String(Info).includes('(d.w)')).length;
}

test('a snapshot of a replica is told in the terms of its primary: its rows and the log from there are the truth', async () => {
  const [before] = await primary.query('SELECT @@gtid_binlog_pos AS gtid');
  const base = gtidNumber(String(before!.gtid));
  const [{ rows: there } = { rows: 0 }] = await primary.query('SELECT COUNT(*) AS `rows` FROM d.w');
  const stop = writers(4);
  const taken = [];
  for (let n = 0; n < 5; n++) {
    await pause(60);
    const hasAllOf = await catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock });
    const node = { name: 's1', access: lab.replicaAccess, replicaOf: { primary: lab.primaryAccess, hasAllOf } };
    const cut = await takeCut([node], { connectionsPerNode: 2, ...signals });
    const counts = [];
    for (const worker of cut.sessions[0]!.workers) {
      const [row] = await worker.query(
        'SELECT (SELECT COUNT(*) FROM d.w) AS w, (SELECT COUNT(*) FROM d.twice) AS twice',
      );
      counts.push(row!);
    }
    taken.push({ cut: cut.cut, counts, workers: cut.sessions[0]!.workers.length });
    await cut.close();
  }
  await stop();
  const [{ rows: all } = { rows: 0 }] = await primary.query('SELECT COUNT(*) AS `rows` FROM d.w');
  for (const { cut, counts, workers } of taken) {
    const [{ position, serverId }] = cut.nodes as [(typeof cut.nodes)[number]];
    expect([cut.proven, cut.reason, workers, serverId]).toEqual([true, '', 2, 11]);
    // Every transaction is one row of each table, so its number in the log says how many rows there are.
    const rows = Number(there) + gtidNumber(position.gtid) - base;
    expect(counts).toEqual([1, 2].map(() => ({ w: BigInt(rows), twice: BigInt(rows) })));
    expect(position.file).not.toBe('');
    expect(Number(all) - rows).toBe(await insertsFrom(position.file, position.offset));
  }
  expect(Number(all)).toBeGreaterThan(100);
});

test('a file and offset that do not fit the rows are not told, only the GTIDs', async () => {
  const replica = await openMysqlConnection(lab.replicaAccess);
  const told = await appliedPosition(replica, 11);
  await primary.execute('INSERT INTO d.w VALUES (2000000)');
  await catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock });
  await openSnapshot(replica);
  const [{ gtid } = { gtid: '' }] = await primary.query('SELECT @@gtid_binlog_pos AS gtid');
  const late = await replicaPosition({ primary, snapshots: [replica], told });
  expect(late).toEqual({ position: { file: '', offset: '0', gtid }, agree: true, reason: '' });
  const now = await replicaPosition({ primary, snapshots: [replica], told: await appliedPosition(replica, 11) });
  expect(now.position).toMatchObject({ file: told!.file, gtid });
  await replica.close();
});

test('nor do they fit rows of a domain that begins behind them', async () => {
  const replica = await openMysqlConnection(lab.replicaAccess);
  const told = await appliedPosition(replica, 11);
  await lab.primary.sql('SET SESSION gtid_domain_id = 7; INSERT INTO d.w VALUES (2000001)');
  await catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock });
  await openSnapshot(replica);
  const late = await replicaPosition({ primary, snapshots: [replica], told });
  expect(late.position).toMatchObject({ file: '', gtid: expect.stringContaining('7-11-') });
  const now = await replicaPosition({ primary, snapshots: [replica], told: await appliedPosition(replica, 11) });
  expect(now.position).toMatchObject({ file: told!.file, gtid: expect.stringContaining('7-11-') });
  await replica.close();
});

test('every transaction that was committed by the instant of the cut is in it', async () => {
  const stop = writers(2);
  await pause(100);
  const [{ rows: known } = { rows: 0 }] = await primary.query('SELECT COUNT(*) AS `rows` FROM d.w');
  const asked = Date.now();
  const hasAllOf = await catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock });
  const node = { name: 's1', access: lab.replicaAccess, replicaOf: { primary: lab.primaryAccess, hasAllOf } };
  const cut = await takeCut([node], { connectionsPerNode: 1, ...signals });
  const [row] = await cut.sessions[0]!.workers[0]!.query('SELECT COUNT(*) AS n FROM d.w');
  expect(Number(row!.n)).toBeGreaterThanOrEqual(Number(known));
  expect(Date.parse(cut.cut.at)).toBeGreaterThanOrEqual(asked);
  await cut.close();
  await stop();
});

test('several replicas are never called one instant', async () => {
  const replicaOf = { primary: lab.primaryAccess, hasAllOf: new Date() };
  const nodes = ['s1', 's2'].map((name) => ({ name, access: { ...lab.replicaAccess, node: name }, replicaOf }));
  const cut = await takeCut(nodes.slice(0, 1), { connectionsPerNode: 1, ...signals });
  expect(cut.cut.proven).toBe(true);
  await cut.close();
  const other = await startReplicaFixture('s2');
  try {
    const second = {
      name: 's2',
      access: other.replicaAccess,
      replicaOf: { ...replicaOf, primary: other.primaryAccess },
    };
    const both = await takeCut([nodes[0]!, second], { connectionsPerNode: 1, ...signals });
    expect(both.cut.proven).toBe(false);
    expect(both.cut.reason).toMatch(/rows were read on replicas, each as far as it had come/);
    await both.close();
  } finally {
    await other.stop();
  }
});

test('a replica that stands still, lags, or follows somebody else is refused, with what to do', async () => {
  const refused = (lagSeconds = 1) => catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock, lagSeconds });
  await lab.replica.sql('STOP SLAVE SQL_THREAD');
  await expect(refused()).rejects.toMatchObject({
    code: 'node/replica-unfit',
    message: expect.stringMatching(/does not replicate just now/),
    hint: expect.stringMatching(/START SLAVE/),
  });
  await lab.replica.sql('START SLAVE SQL_THREAD');
  await lab.replica.sql('STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 60; START SLAVE');
  await replicates();
  await primary.execute('INSERT INTO d.w VALUES (1000000)');
  await expect(refused()).rejects.toMatchObject({ message: expect.stringMatching(/more than 1 s behind its primary/) });
  await lab.replica.sql('STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0; START SLAVE');
  await replicates();
  await catchUp(lab.primaryAccess, lab.replicaAccess, { clock: systemClock });
  await expect(catchUp(lab.replicaAccess, lab.primaryAccess, { clock: systemClock })).rejects.toMatchObject({
    message: expect.stringMatching(/does not replicate from node s1 but from nothing/),
  });
});

test('a replica that cannot be reached leaves no session on its primary', async () => {
  const readers = async () => {
    const [row] = await primary.query('SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE USER = ?', [
      lab.primaryAccess.user,
    ]);
    return Number(row!.n);
  };
  const before = await readers();
  const away = { ...lab.replicaAccess, port: 1 };
  await expect(catchUp(lab.primaryAccess, away, { clock: systemClock })).rejects.toMatchObject({
    code: 'node/unreachable',
    message: expect.stringMatching(/^replica 127\.0\.0\.1:1 of node s1/),
  });
  await pause(200);
  expect(await readers()).toBe(before);
});

test('a load waits while a replica stands or lags, is told why once, and goes on when it has caught up', async () => {
  const told: string[] = [];
  const questions = nodeQuestions(new Map([['copy', { ...lab.replicaAccess, node: 'copy' }]]), never);
  const pace = replicaLagPace({
    questions,
    replicas: new Map([['s1', ['copy']]]),
    maxLagSeconds: 5,
    clock: systemClock,
    waiting: {
      onWait: (node, why) => told.push(`${node}: ${why}`),
      onGo: (node) => told.push(`${node} goes on`),
      onBlind: () => expect.unreachable(),
    },
  });
  await pace.beforeChunk('s1', never);
  expect(told).toEqual([]);
  await lab.replica.sql('STOP SLAVE SQL_THREAD');
  await pause(300);
  const waiting = pace.beforeChunk('s1', never);
  await pause(600);
  expect(told).toEqual(['s1: replica copy does not replicate']);
  await lab.replica.sql('START SLAVE SQL_THREAD');
  await waiting;
  expect(told).toEqual(['s1: replica copy does not replicate', 's1 goes on']);
  await questions.close();
});

test('a replica that leaves something out is refused', async () => {
  await lab.replica.sql("STOP SLAVE; SET GLOBAL replicate_ignore_table = 'd.other'; START SLAVE");
  await replicates();
  const replica = await openMysqlConnection(lab.replicaAccess);
  await expect(fitReplication(primary, replica)).rejects.toMatchObject({
    message: expect.stringMatching(/leaves something out \(Replicate_Ignore_Table = d.other\)/),
  });
  await replica.close();
  await lab.replica.sql("STOP SLAVE; SET GLOBAL replicate_ignore_table = ''; START SLAVE");
});
