import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { openMysqlConnection } from './connection.ts';
import { type CutOptions, takeCut } from './cut.ts';
import { holdCommits, prepareHold, releaseHold } from './hold-commits.ts';
import type { SqlSession } from './sql-session.ts';

const folder = mkdtempSync(join(tmpdir(), 'tidemark-cut-'));
let servers: MariadbServer[] = [];
let bare: MariadbServer;

beforeAll(async () => {
  const start = (name: string, serverId: number, config = {}) =>
    startMariadb({ folder: join(folder, name), serverId, ephemeral: true, config });
  [...servers] = await Promise.all([start('s1', 1), start('s2', 2)]);
  bare = await start('bare', 3, { 'skip-log-bin': true });
  for (const server of [...servers, bare]) {
    await server.sql(`CREATE DATABASE bank; USE bank; CREATE TABLE bank.account (id INT PRIMARY KEY, balance INT) ENGINE=InnoDB;
      INSERT INTO bank.account SELECT seq, 1000 FROM seq_1_to_10;
      CREATE USER reader@localhost IDENTIFIED BY 'r'; GRANT SELECT, PROCESS, BINLOG MONITOR ON *.* TO reader@localhost;`);
  }
});

afterAll(async () => {
  await Promise.all([...servers, bare].map((server) => server?.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const accessTo = (server: MariadbServer, login = server.rootSocketLogin): MysqlAccess => ({
  node: `s${servers.indexOf(server) + 1}`,
  host: server.host,
  port: server.port,
  socketPath: server.socket,
  tls: { mode: 'disable' },
  ...login,
});
const nodeOf = (server: MariadbServer, login = server.rootSocketLogin) => {
  const access = accessTo(server, login);
  return { name: access.node, access };
};

let options: CutOptions;
beforeEach(() => {
  const { signal } = new AbortController();
  options = { connectionsPerNode: 2, stop: signal, abandon: signal, clock: systemClock };
});

async function balances(connections: SqlSession[]): Promise<number[]> {
  const rows = await Promise.all(connections.map((c) => c.query('SELECT SUM(balance) AS total FROM bank.account')));
  return rows.map((row) => Number(row[0]?.total));
}

/** Moves money between the servers in two-phase transactions until told to end; `longestMs` is one transaction's. */
function transferAcross(name: string) {
  let running = true;
  const seen = { transfers: 0, longestMs: 0 };
  const ended = (async () => {
    const [one, two] = await Promise.all(servers.map((server) => openMysqlConnection(accessTo(server))));
    for (let n = 0; running; n++) {
      const began = performance.now();
      const xid = `'${name}-${n}'`;
      for (const [connection, change] of [
        [one!, -1],
        [two!, 1],
      ] as const) {
        await connection.execute(`XA START ${xid}`);
        await connection.execute(`UPDATE bank.account SET balance = balance + ${change} WHERE id = ${1 + (n % 10)}`);
        await connection.execute(`XA END ${xid}`);
      }
      for (const connection of [one!, two!]) await connection.execute(`XA PREPARE ${xid}`);
      for (const connection of [one!, two!]) await connection.execute(`XA COMMIT ${xid}`);
      seen.transfers++;
      seen.longestMs = Math.max(seen.longestMs, performance.now() - began);
    }
    await Promise.all([one!.close(), two!.close()]);
  })();
  return {
    seen,
    async end() {
      running = false;
      await ended;
    },
  };
}

test('a cut over two nodes never shows half of a transaction that spans them', async () => {
  const writer = transferAcross('t');
  try {
    for (let round = 0; round < 12; round++) {
      const taken = await takeCut(
        servers.map((server) => nodeOf(server)),
        { ...options, maxTries: 200 },
      );
      const workers = taken.sessions.flatMap((session) => session.workers);
      const sums = await balances(workers);
      await taken.close();
      expect(taken.cut).toMatchObject({ proven: true, reason: '' });
      expect(sums[0]).toBe(sums[1]);
      expect(sums[0]! + sums[2]!).toBe(20_000);
      expect(taken.cut.nodes.every((node) => /^0-\d+-\d+/.test(node.position.gtid))).toBe(true);
    }
  } finally {
    await writer.end();
  }
  expect(writer.seen.transfers).toBeGreaterThan(20);
});

test('a transaction that stays prepared makes the cut unproven and is listed', async () => {
  const connection = await openMysqlConnection(accessTo(servers[1]!));
  await connection.execute("XA START 'left''over', 'b'");
  await connection.execute('UPDATE bank.account SET balance = balance + 1 WHERE id = 1');
  await connection.execute("XA END 'left''over', 'b'");
  await connection.execute("XA PREPARE 'left''over', 'b'");
  try {
    const taken = await takeCut(
      servers.map((server) => nodeOf(server)),
      { ...options, maxTries: 3, maxPauseMs: 5 },
    );
    expect(taken.cut).toMatchObject({ proven: false, attempts: 3 });
    expect(taken.cut.reason).toContain('1 on s2');
    const xid = `X'${Buffer.from("left'over").toString('hex')}',X'62'`;
    expect(taken.cut.nodes.map((node) => node.preparedXids)).toEqual([[], [xid]]);
    expect(await balances(taken.sessions.flatMap((session) => session.workers))).toHaveLength(4);
    await taken.close();
  } finally {
    await connection.execute("XA ROLLBACK 'left''over', 'b'");
    await connection.close();
  }
});

test('without the privilege to hold commits the cut says so and each node is still one moment', async () => {
  const login = { user: 'reader', password: 'r' };
  const taken = await takeCut(
    servers.map((server) => nodeOf(server, login)),
    options,
  );
  expect(taken.cut.proven).toBe(false);
  expect(taken.cut.reason).toContain('commits were not held');
  expect(taken.cut.reason).toContain('RELOAD');
  expect(taken.sessions.map((session) => session.workers.length)).toEqual([2, 2]);
  expect(taken.cut.nodes.every((node) => node.position.file !== '')).toBe(true);
  await taken.close();
});

test('a node without a binlog gives no position, and says what cannot be joined', async () => {
  const taken = await takeCut([nodeOf(bare)], options);
  expect(taken.cut.nodes[0]?.position).toEqual({ file: '', offset: '0', gtid: '' });
  expect(taken.cut.reason).toContain('no binlog');
  expect(taken.sessions[0]?.workers).toHaveLength(2);
  await taken.close();
});

test('commits that cannot be held within the bound are not waited for: writers go on', async () => {
  const blocker = await openMysqlConnection(accessTo(servers[0]!));
  await blocker.execute('BACKUP STAGE START');
  const writer = transferAcross('w');
  try {
    const taken = await takeCut(
      servers.map((server) => nodeOf(server)),
      {
        ...options,
        maxTries: 3,
        maxHoldMs: 200,
        maxPauseMs: 5,
      },
    );
    expect(taken.cut.proven).toBe(false);
    expect(taken.cut.reason).toMatch(/commits were not held: on node s1, .* longer than 200 ms/);
    await taken.close();
  } finally {
    await blocker.close();
    await writer.end();
  }
  expect(writer.seen.longestMs).toBeLessThan(1_000);
});

test('writers are freed within seconds when the process that holds commits says nothing more', async () => {
  const holder = await openMysqlConnection(accessTo(servers[0]!));
  await prepareHold(holder, 500);
  await holdCommits(holder);
  const writer = await openMysqlConnection(accessTo(servers[0]!));
  const began = performance.now();
  await writer.execute('UPDATE bank.account SET balance = balance WHERE id = 1');
  await writer.execute('UPDATE bank.account SET balance = balance + 1 - 1 WHERE id = 1');
  await writer.execute('INSERT INTO bank.account VALUES (99, 0)');
  const waitedMs = performance.now() - began;
  await writer.execute('DELETE FROM bank.account WHERE id = 99');
  await Promise.all([writer.close(), releaseHold(holder).then(() => holder.close())]);
  expect(waitedMs).toBeGreaterThan(500);
  expect(waitedMs).toBeLessThan(5_000);
});

test('a cut that is stopped leaves no connection and no held commit', async () => {
  const stop = new AbortController();
  const connection = await openMysqlConnection(accessTo(servers[0]!));
  await connection.execute("XA START 'stuck'");
  await connection.execute('UPDATE bank.account SET balance = balance + 1 WHERE id = 2');
  await connection.execute("XA END 'stuck'");
  await connection.execute("XA PREPARE 'stuck'");
  const cutting = takeCut([nodeOf(servers[0]!)], { ...options, stop: stop.signal, maxTries: 1_000 });
  await pause(100);
  stop.abort();
  await expect(cutting).rejects.toMatchObject({ code: 'job/cancelled' });
  await connection.execute("XA ROLLBACK 'stuck'");
  const rows = await connection.query('SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE COMMAND <> ?', [
    'Daemon',
  ]);
  await connection.close();
  expect(Number(rows[0]?.n)).toBe(1);
});
