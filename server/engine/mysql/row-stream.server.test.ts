import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import type { TidemarkError } from '#server/base/error.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { mysqlErrno } from './errno.ts';
import { killQuery } from './kill.ts';
import { BinaryRowDecoder } from './protocol/binary-row.ts';
import type { Row } from './protocol/row.ts';
import type { RowBatch } from './row-stream.ts';
import { type Certificates, makeCertificates } from './tls-fixture.ts';

const rowCount = 50_000;
let folder: string;
let server: MariadbServer;
let access: MysqlAccess;
let certificates: Certificates;
const opened: MysqlConnection[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-stream-'));
  chmodSync(folder, 0o755);
  certificates = makeCertificates(join(folder, 'certificates'));
  await start();
  await server.sql(`
    CREATE DATABASE work;
    CREATE TABLE work.many (id BIGINT PRIMARY KEY, name VARCHAR(400), price DECIMAL(12,2), at DATETIME(3), note TEXT);
    INSERT INTO work.many SELECT seq, IF(seq % 7, REPEAT(CHAR(65 + seq % 26), seq % 301), NULL), seq / 100,
      '2026-01-01' + INTERVAL seq SECOND, IF(seq % 3, '', MD5(seq)) FROM work.seq_1_to_${rowCount};
  `);
});

async function start(): Promise<void> {
  const { caFile, serverCertFile, serverKeyFile } = certificates;
  const config = { 'ssl-ca': caFile, 'ssl-cert': serverCertFile, 'ssl-key': serverKeyFile, max_allowed_packet: '128M' };
  server = await startMariadb({ folder: join(folder, 'server'), ephemeral: true, config });
  access = {
    node: 'shard_1',
    host: server.host,
    port: server.port,
    ...server.rootSocketLogin,
    tls: { mode: 'disable' },
  };
}

afterEach(async () => {
  for (const connection of opened.splice(0)) await connection.close();
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(more: Partial<MysqlAccess> = {}): Promise<MysqlConnection> {
  const connection = await openMysqlConnection({ ...access, ...more });
  opened.push(connection);
  return connection;
}

/** The rows of a batch, found by its offsets; the frames must fill the buffer exactly. */
function rowsOf({ buffer, rows, offsets, columns }: RowBatch): Row[] {
  const decoder = new BinaryRowDecoder(columns);
  expect(offsets.length).toBe(rows);
  let at = 0;
  const out = Array.from(offsets, (offset) => {
    expect(offset).toBe(at);
    at = offset + 4 + buffer.readUInt32LE(offset);
    return decoder.decode(buffer, offset + 4, at);
  });
  expect(at).toBe(buffer.length);
  return out;
}

const sha = (pieces: Buffer[]) => createHash('sha256').update(Buffer.concat(pieces)).digest('hex');
const sql = 'SELECT * FROM work.many ORDER BY id';
const endless = 'SELECT a.id, REPEAT("x", 200) FROM work.many a, work.many b';

test('50,000 streamed rows are the rows a query gives', async () => {
  const connection = await open();
  const streamed: Row[] = [];
  const result = await connection.streamBinary(sql, (batch) => void streamed.push(...rowsOf(batch)));
  expect(result.rows).toBe(BigInt(rowCount));
  expect(result.columns.map((column) => column.name)).toEqual(['id', 'name', 'price', 'at', 'note']);
  expect(streamed).toEqual(await connection.query(sql));
});

test('the bytes are the same for every batch size, over TCP, socket and TLS, and however slow the reader is', async () => {
  const digest = async (more: Partial<MysqlAccess>, batchBytes: number | undefined, wait: boolean) => {
    const connection = await open(more);
    const pieces: Buffer[] = [];
    let busy = false;
    await connection.streamBinary(
      sql,
      async ({ buffer }) => {
        expect(busy).toBe(false);
        busy = true;
        const before = Buffer.from(buffer);
        for (let turn = 0; wait && turn < 5; turn++) await new Promise(setImmediate);
        expect(buffer.equals(before)).toBe(true);
        pieces.push(before);
        busy = false;
      },
      { batchBytes },
    );
    await connection.ping();
    return sha(pieces);
  };
  const expected = await digest({}, undefined, false);
  expect(await digest({}, 40_000, true)).toBe(expected);
  expect(await digest({}, 200_000, false)).toBe(expected);
  expect(await digest({ socketPath: server.socket }, undefined, true)).toBe(expected);
  expect(await digest({ tls: { mode: 'verify-ca', ca: certificates.ca } }, 100_000, true)).toBe(expected);
});

test('a slow reader holds the stream back: at most one batch waits', async () => {
  const connection = await open();
  const batchBytes = 64 * 1024;
  let largest = 0;
  let batches = 0;
  await connection.streamBinary(
    sql,
    async ({ buffer }) => {
      batches++;
      largest = Math.max(largest, buffer.length);
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    },
    { batchBytes },
  );
  expect(batches).toBeGreaterThan(20);
  expect(largest).toBeLessThanOrEqual(2 * batchBytes);
});

test('memory does not grow with the rows', async () => {
  const connection = await open();
  const inUse = () => process.memoryUsage().arrayBuffers;
  const before = inUse();
  let most = 0;
  let bytes = 0;
  await connection.streamBinary(`${endless} LIMIT 500000`, async ({ buffer }) => {
    await new Promise(setImmediate);
    bytes += buffer.length;
    most = Math.max(most, inUse() - before);
  });
  expect(bytes).toBeGreaterThan(100_000_000);
  expect(most).toBeLessThan(12 * 1024 * 1024);
});

test('an empty result has columns and no batch', async () => {
  const connection = await open();
  const result = await connection.streamBinary('SELECT * FROM work.many WHERE id < ?', () => expect.unreachable(), {
    params: [0],
  });
  expect(result).toMatchObject({ rows: 0n, columns: { length: 5 } });
});

test('rows of 40 MB between small ones arrive whole', async () => {
  const connection = await open();
  const bytes = 40_000_000;
  const seen: [bigint, number, string][] = [];
  await connection.streamBinary(
    `SELECT seq, REPEAT(CHAR(64 + seq USING utf8mb4), IF(seq IN (2, 4), ${bytes}, 10)) AS v FROM work.seq_1_to_5`,
    (batch) => {
      for (const { seq, v } of rowsOf(batch)) seen.push([seq as bigint, (v as string).length, (v as string).at(-1)!]);
    },
  );
  expect(seen).toEqual([
    [1n, 10, 'A'],
    [2n, bytes, 'B'],
    [3n, 10, 'C'],
    [4n, bytes, 'D'],
    [5n, 10, 'E'],
  ]);
  expect(await connection.query('SELECT 1 AS a')).toEqual([{ a: 1 }]);
});

test('streams and queries sent together do not mix', async () => {
  const connection = await open();
  let rows = 0;
  const count = ({ rows: more }: RowBatch) => {
    rows += more;
  };
  const results = await Promise.all([
    connection.streamBinary(sql, count),
    connection.query('SELECT 1 AS a'),
    connection.streamBinary(sql, count, { batchBytes: 50_000 }),
    connection.query('SELECT 2 AS a', []),
  ]);
  expect(rows).toBe(2 * rowCount);
  expect([results[1], results[3]]).toEqual([[{ a: 1 }], [{ a: 2 }]]);
});

test('the error of the reader is what the caller gets, and the session is gone', async () => {
  for (const fail of [
    () => {
      throw new Error('the disk is full');
    },
    async () => {
      throw new Error('the disk is full');
    },
  ]) {
    const connection = await open();
    await expect(connection.streamBinary(sql, fail, { batchBytes: 50_000 })).rejects.toThrow('the disk is full');
    expect(connection.failure?.code).toBe('node/connection-lost');
  }
});

test('a statement that gives no rows, or is wrong, is refused and the session goes on', async () => {
  const connection = await open();
  const never = () => expect.unreachable();
  const codes = await Promise.all(
    ['DO 1', 'SELECT nonsense', 'SELEKT'].map((text) =>
      connection.streamBinary(text, never).catch((error: TidemarkError) => error.code),
    ),
  );
  expect(codes).toEqual(Array(3).fill('node/query-failed'));
  await connection.ping();
});

test('a stream whose query is killed ends with the error, and the session goes on', async () => {
  const connection = await open();
  let killed: Promise<boolean> | undefined;
  const stream = connection.streamBinary(endless, () => {
    killed ??= killQuery(access, connection.connectionId);
  });
  expect(mysqlErrno(await stream.catch((error) => error))).toBe(1317);
  expect(await killed).toBe(true);
  await connection.ping();
});

test('a server killed in the middle of a stream loses the connection at once, for a waiting reader too', async () => {
  const waits = [false, true];
  const connections = [await open(), await open()];
  let readers = 0;
  let begun: () => void;
  const bothRead = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const streams = waits.map((wait, i) =>
    connections[i]!.streamBinary(endless, async () => {
      if (++readers === 2) begun();
      if (wait) await new Promise(setImmediate);
    }).then(
      () => 'done',
      (error: TidemarkError) => error.code,
    ),
  );
  await bothRead;
  await server.kill();
  expect(await Promise.all(streams)).toEqual(['node/connection-lost', 'node/connection-lost']);
  for (const connection of connections) {
    expect(await connection.ping().catch((error: TidemarkError) => error.code)).toBe('node/connection-lost');
  }
  await start();
});
