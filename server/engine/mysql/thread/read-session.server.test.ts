import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { RowDigest } from '../digest.ts';
import { type DumpFixture, startDumpFixture } from '../dump-fixture.ts';
import { pinReadSession } from '../session.ts';
import { crashThread } from './crash-fixture.ts';
import { openReadSession, type ReadSession } from './read-session.ts';
import { Threads } from './threads.ts';

let lab: DumpFixture;
let threads: Threads;

beforeAll(async () => {
  lab = await startDumpFixture();
  threads = new Threads('read', 2);
  await lab.server.sql(`CREATE DATABASE d; USE d; CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB);
    INSERT INTO t SELECT seq, RANDOM_BYTES(1000) FROM seq_1_to_9000;
    INSERT INTO t VALUES (10001, REPEAT('long', 5000000)), (10002, NULL), (10003, REPEAT('row', 700000))`);
});
afterAll(() => lab?.stop());

const opened = () => openReadSession(threads, lab.access());
const threadsOfProcess = () => Number(/^Threads:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);

async function withSession<T>(work: (session: ReadSession) => Promise<T>): Promise<T> {
  const session = await opened();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}

test('a session in a thread answers as one of our own does', async () => {
  const sql = `SELECT NULL AS n, 5 AS i, 12345678901234567890 AS big, 1.50 AS d, 'ü😀' AS s, X'00FF80' AS b, 0.1e0 AS f`;
  const own = await lab.connect();
  await withSession(async (session) => {
    expect(await session.query(sql)).toEqual(await own.query(sql));
    const params = [null, 5, 2n ** 63n, 'ü', randomBytes(50), true];
    const asked = `SELECT ${params.map((_, n) => `? AS p${n}`).join(', ')}`;
    expect(await session.query(asked, params)).toEqual(await own.query(asked, params));
    expect(await session.execute('SET @a = 1')).toEqual(await own.execute('SET @a = 1'));
    expect((await session.prepare('SELECT id, b FROM d.t')).columns).toEqual(
      (await own.prepare('SELECT id, b FROM d.t')).columns,
    );
  });
  await own.close();
});

test('what is asked without waiting is answered in order, and refusals have their names and numbers', async () => {
  await withSession(async (session) => {
    const asked = await Promise.allSettled([
      session.execute('SET @n = 1'),
      session.query('SELECT @n AS n'),
      session.query('SELECT * FROM d.missing'),
      session.execute('SET @n = 2'),
      session.query('SELECT @n AS n'),
    ]);
    expect(asked.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : outcome.reason))).toMatchObject([
      {},
      [{ n: 1n }],
      { code: 'node/query-failed', context: { errno: 1146 }, hint: expect.any(String) },
      {},
      [{ n: 2n }],
    ]);
    expect(session.failure).toBeUndefined();
  });
});

test('rows come as frames that hold exactly the rows, short and long, and their digest', async () => {
  const sql = 'SELECT id, b FROM d.t ORDER BY id';
  const own = await lab.connect();
  await pinReadSession(own);
  const rows: Buffer[] = [];
  await own.streamBinary(sql, ({ buffer }) => void rows.push(Buffer.from(buffer)));
  await own.close();
  const frames: Buffer[] = [];
  let counted = 0;
  const { digest, packed } = await withSession(async (session) => {
    await pinReadSession(session);
    return session.read(sql, async (frame) => {
      frames.push(Buffer.from(frame.bytes));
      counted += frame.rows;
      frame.free();
      expect(frame.bytes).toHaveLength(0);
      return true;
    });
  });
  const expected = new RowDigest();
  expected.add(Buffer.concat(rows));
  expect(digest).toEqual(expected);
  expect(counted).toBe(9_003);
  const unpacked = Buffer.concat(frames.map((frame) => zstdDecompressSync(frame)));
  expect(unpacked.equals(Buffer.concat(rows))).toBe(true);
  expect(packed.rawBytes).toBe(unpacked.length);
});

test('a taker that is slow holds the reading back', async () => {
  await withSession(async (session) => {
    let taken = 0;
    let open: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const reading = session.read('SELECT * FROM d.t UNION ALL SELECT * FROM d.t', async () => {
      taken++;
      await gate;
      return true;
    });
    const sent = async () => {
      const text = await lab.server.sql(
        `SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'BYTES_SENT'`,
      );
      return Number(text);
    };
    while (taken === 0) await pause(5);
    await pause(300);
    const before = await sent();
    await pause(300);
    // The question itself is answered, and nothing of the rows.
    expect((await sent()) - before).toBeLessThan(50_000);
    open();
    expect((await reading).digest.rows).toBe(18_006n);
  });
});

test('rows that are not wanted any more are read off, and the session goes on', async () => {
  await withSession(async (session) => {
    let taken = 0;
    await session.read('SELECT * FROM d.t', async () => {
      taken++;
      return false;
    });
    expect(taken).toBeLessThanOrEqual(4);
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('an error of the taker is thrown, and the session goes on', async () => {
  await withSession(async (session) => {
    const failing = session.read('SELECT * FROM d.t', () => Promise.reject(new Error('no room')));
    await expect(failing).rejects.toThrow('no room');
    expect(await session.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

test('a session that the server ends is lost by name, and a destroyed one says why', async () => {
  const session = await opened();
  await lab.server.sql(`KILL ${session.connectionId}`);
  await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'node/connection-lost' });
  expect(session.failure).toMatchObject({ code: 'node/connection-lost' });
  await session.close();
  const other = await opened();
  const waiting = other.query('SELECT SLEEP(30)');
  other.destroy();
  await expect(waiting).rejects.toMatchObject({ code: 'node/connection-lost' });
  await other.close();
});

test('a login that is refused is told by name, and leaves no thread', async () => {
  const before = threadsOfProcess();
  await lab.server.sql("CREATE USER known@localhost IDENTIFIED BY 'x'");
  const access = lab.access({ user: 'known', password: 'S3cr3t-in-a-message' });
  const refused = openReadSession(threads, access).catch((error: unknown) => error);
  expect(await refused).toMatchObject({ code: 'node/access-denied' });
  expect(inspect(await refused, { depth: 9, showHidden: true })).not.toContain('S3cr3t');
  expect(threadsOfProcess()).toBeLessThanOrEqual(before);
});

test('a thread ends with the last of its sessions, and no more run than were asked for', async () => {
  const few = new Threads('read', 2);
  const before = await withSession(async () => threadsOfProcess());
  const sessions = await Promise.all([1, 2, 3, 4, 5].map(() => openReadSession(few, lab.access())));
  expect((threadsOfProcess() - before) / 2).toBeLessThanOrEqual(5);
  await Promise.all(sessions.map((session) => session.query('SELECT 1')));
  await Promise.all(sessions.map((session) => session.close()));
  expect(threadsOfProcess()).toBeLessThanOrEqual(before);
});

test('a thread that ends by itself ends its sessions with its last words', async () => {
  const session = await opened();
  const waiting = session.query('SELECT SLEEP(30)');
  crashThread(session);
  await expect(waiting).rejects.toMatchObject({
    code: 'internal/thread-ended',
    message: expect.stringContaining('read thread'),
  });
  await expect(session.query('SELECT 1')).rejects.toMatchObject({ code: 'internal/thread-ended' });
  await session.close();
});

test('a session that is given up while it is opened leaves no connection, also where its thread lives on', async () => {
  const one = new Threads('read', 1);
  const other = await openReadSession(one, lab.access());
  // It takes whoever comes, and says nothing.
  const silent = createServer();
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const came = new Promise<Socket>((resolve) => silent.once('connection', resolve));
  const giveUp = new AbortController();
  const access = { ...lab.access(), host: '127.0.0.1', port, socketPath: undefined };
  const opening = openReadSession(one, access, { signal: giveUp.signal }).catch((error: unknown) => error);
  const socket = await came;
  const ended = new Promise<string>((resolve) =>
    socket
      .resume()
      .on('close', () => resolve('closed'))
      .on('error', () => {}),
  );
  giveUp.abort();
  expect(await opening).toMatchObject({ code: 'job/cancelled' });
  expect(await Promise.race([ended, pause(3_000)])).toBe('closed');
  expect(await other.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await other.close();
  silent.close();
});
