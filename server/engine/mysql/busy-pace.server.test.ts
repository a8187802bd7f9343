import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type MariadbServer, startMariadb } from '#lab/mariadb-server.ts';
import { pause } from '#server/base/abort.ts';
import { systemClock } from '#server/base/clock.ts';
import type { MysqlAccess } from '#server/engine/access.ts';
import { busyPace } from './busy-pace.ts';
import { type MysqlConnection, openMysqlConnection } from './connection.ts';
import { killQuery } from './kill.ts';
import { nodeQuestions } from './node-questions.ts';
import { startDump } from './replication/binlog-dump.ts';
import { LogFiles } from './replication/log-files-fixture.ts';

let folder: string;
let server: MariadbServer;
let access: MysqlAccess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-pace-'));
  server = await startMariadb({ folder, ephemeral: true });
  const { host, port, rootSocketLogin } = server;
  access = { node: 's1', host, port, tls: { mode: 'disable' }, ...rootSocketLogin };
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const never = new AbortController().signal;

function paceOf(maxThreadsRunning: number) {
  const told: string[] = [];
  const questions = nodeQuestions(new Map([['s1', access]]), never);
  const pace = busyPace({
    questions,
    maxThreadsRunning,
    clock: systemClock,
    waiting: {
      onWait: (node, why) => told.push(`${node}: ${why}`),
      onGo: (node) => told.push(`${node} goes on`),
      onBlind: () => expect.unreachable(),
    },
  });
  return { pace, told, questions };
}

/** Sessions that run a statement until they are ended. */
async function busy(count: number): Promise<() => Promise<void>> {
  const sessions: MysqlConnection[] = [];
  for (let n = 0; n < count; n++) sessions.push(await openMysqlConnection(access));
  const running = Promise.allSettled(sessions.map((session) => session.query('SELECT SLEEP(60)')));
  return async () => {
    for (const { connectionId } of sessions) await killQuery(access, connectionId);
    await running;
    for (const session of sessions) await session.close();
  };
}

test('on a quiet server a chunk begins at once', async () => {
  const { pace, told, questions } = paceOf(1);
  await pace.beforeChunk('s1', never);
  expect(told).toEqual([]);
  await questions.close();
});

test('on a busy server no chunk begins until it is quiet again, and both are told once', async () => {
  const end = await busy(4);
  const { pace, told, questions } = paceOf(3);
  let begun = 0;
  const waiting = Promise.all([1, 2].map(() => pace.beforeChunk('s1', never).then(() => begun++)));
  await pause(900);
  expect(begun).toBe(0);
  expect(told).toEqual(['s1: 4 sessions run statements, more than the 3 that were allowed']);
  await end();
  await waiting;
  expect(told).toHaveLength(2);
  expect(told[1]).toBe('s1 goes on');
  await questions.close();
});

test('sessions that send the log to replicas and archives hold nobody back', async () => {
  const log = new LogFiles();
  const [first, second] = await Promise.all([openMysqlConnection(access), openMysqlConnection(access)]);
  await startDump(first, { start: { kind: 'position', file: '', position: 0 }, replicaId: 901, sink: log });
  await startDump(second, { start: { kind: 'position', file: '', position: 0 }, replicaId: 902, sink: log });
  await vi.waitFor(async () => {
    expect(await server.sql('SHOW PROCESSLIST')).toMatch(/Binlog Dump.*Binlog Dump/s);
  });
  const { pace, told, questions } = paceOf(1);
  await pace.beforeChunk('s1', never);
  expect(told).toEqual([]);
  await Promise.all([questions.close(), first.destroy(), second.destroy()]);
});

test('whoever is stopped waits no longer', async () => {
  const end = await busy(2);
  const { pace, questions } = paceOf(1);
  const stop = new AbortController();
  const waiting = pace.beforeChunk('s1', stop.signal);
  await pause(300);
  stop.abort();
  await waiting;
  await end();
  await questions.close();
});

test('a node that cannot be asked holds nobody back, which is told once', async () => {
  const questions = nodeQuestions(new Map([['s1', { ...access, port: 1, socketPath: undefined }]]), never);
  const told: string[] = [];
  const waiting = {
    onWait: () => expect.unreachable(),
    onGo: () => expect.unreachable(),
    onBlind: (node: string, why: string) => told.push(`${node}: ${why}`),
  };
  const pace = busyPace({ questions, maxThreadsRunning: 1, clock: systemClock, waiting });
  await pace.beforeChunk('s1', never);
  await pause(300);
  await pace.beforeChunk('s1', never);
  expect(told).toEqual([expect.stringMatching(/^s1: no connection to node s1/)]);
  await questions.close();
});
