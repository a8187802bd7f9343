import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestDatabase, type TestDatabase } from '#server/db/test-database.ts';
import type { AskContext } from './ask.ts';
import { type Attempts, attemptsOn } from './attempts-fixture.ts';
import { cancelJob } from './cancel.ts';
import { finishJob } from './finish.ts';
import { listJobs } from './list.ts';
import { reportJob } from './report.ts';
import { listJobTables, showJob } from './show.ts';
import { enqueueSample, testContext } from './test-context.ts';
import { watchJob } from './watch.ts';

/** What is seen of jobs. */
let database: TestDatabase;
let context: AskContext;
let take: Attempts['take'];
let finish: Attempts['finish'];
beforeAll(async () => {
  database = await startTestDatabase();
  context = testContext(database);
  ({ take, finish } = attemptsOn(database.db));
});
afterAll(() => database?.close());

test('a table of a job keeps its place, its phases and how it ended', async () => {
  const { jobId } = await enqueueSample(context, { tables: [{ source: 'b', target: 'x' }] });
  const held = await take();
  const phases = {
    rows: { state: 'running', rowsDone: 5, rowsTotal: 10, bytesDone: 50, bytesTotal: null, fragments: {} },
  };
  const row = (table: string) => ({ table, state: 'running' as const, phases: phases as never, rows: 5, bytes: 50 });
  await reportJob(database.db, held, { progress: null, tables: [row('b'), row('a')], events: [] });
  const outcome = {
    source: 'a',
    target: null,
    outcome: 'failed',
    rows: 7,
    rawBytes: 70,
    notes: [],
    error: null,
  } as never;
  await database.db.$transaction((rows) => finishJob(rows, held, { state: 'partly', tables: [outcome] }));
  const { tables } = await listJobTables(context, { jobId });
  expect(tables).toMatchObject([
    { table: 'b', target: 'x', state: 'running', rows: 5n, phases },
    { table: 'a', target: null, state: 'failed', rows: 7n, phases, outcome: { outcome: 'failed' } },
  ]);
});

test('a watcher sees every event once, in order, also over a reconnect, and ends with the job', async () => {
  const { jobId } = await enqueueSample(context);
  const held = await take();
  const tell = (...messages: string[]) =>
    reportJob(database.db, held, {
      progress: null,
      tables: [],
      events: messages.map((message) => ({ level: 'info' as const, message })),
    });
  const first = new AbortController();
  const seen: string[] = [];
  let mark: string | undefined;
  await tell('one', 'two');
  for await (const change of watchJob(context, { jobId, signal: first.signal })) {
    mark = change.mark;
    seen.push(...change.events.map(({ message }) => message));
    if (seen.length === 2) await tell('three');
    if (seen.length === 3) first.abort();
  }
  await tell('four');
  const states: string[] = [];
  for await (const change of watchJob(context, { jobId, after: mark, signal: new AbortController().signal })) {
    seen.push(...change.events.map(({ message }) => message));
    states.push(change.job.state);
    if (change.job.state === 'running') await finish(held);
  }
  expect(seen).toEqual(['one', 'two', 'three', 'four']);
  expect(states).toEqual(['running', 'succeeded']);
});

test('a watcher hears of every table, however many changed at once', async () => {
  const names = Array.from({ length: 2_500 }, (_, n) => `many.t${n}`);
  const { jobId } = await enqueueSample(context, { tables: names.map((source) => ({ source, target: null })) });
  const held = await take();
  const stop = new AbortController();
  const watch = watchJob(context, { jobId, signal: stop.signal });
  const hear = async (state: string) => {
    const heard = new Set<string>();
    for (let mark = ''; heard.size < names.length; ) {
      const { value } = await watch.next();
      expect(value).toBeDefined();
      for (const table of value!.tables) if (table.state === state) heard.add(table.table);
      if (heard.size < names.length && mark !== '') expect(value!.mark).toBe(mark);
      mark = value!.mark;
    }
  };
  await hear('waiting');
  const tables = names.map((table) => ({ table, state: 'running' as const, phases: {}, rows: 1, bytes: 1 }));
  await reportJob(database.db, held, { progress: null, tables, events: [] });
  await hear('running');
  stop.abort();
  expect((await watch.next()).done).toBe(true);
  await finish(held);
}, 30_000);

test('a page of 100,000 jobs takes less than 100 ms, whatever the filter', async () => {
  await database.db.$executeRaw`
    INSERT INTO job (id, kind, state, lane, cluster_id, title, input, created_by, created_at, ended_at, search_text)
    SELECT '00' || lpad(n::text, 24, '0'), (ARRAY['backup', 'restore', 'verify', 'inspect'])[1 + n % 4],
      (ARRAY['succeeded', 'failed', 'cancelled'])[1 + n % 3], 'long', 'c' || n % 7, 'job ' || n, '{}', 'olga',
      now() - n * interval '1 minute', now(), 'backup postgres.public.table_' || n % 5000
    FROM generate_series(1, 100000) AS n`;
  await database.db.$executeRawUnsafe('ANALYZE job');
  const filters = [
    {},
    { states: ['failed' as const] },
    { kinds: ['restore' as const], clusterId: 'c3' },
    { text: 'table_4321' },
    { text: 'nothing like this' },
    { text: '77777' },
    { from: new Date(Date.now() - 7_200_000), states: ['cancelled' as const] },
    { after: `00${'50000'.padStart(24, '0')}` },
  ];
  await listJobs(context); // the first query of a shape is compiled
  for (const filter of filters) {
    await listJobs(context, filter);
    const times = [];
    for (let round = 0; round < 5; round++) {
      const began = performance.now();
      await listJobs(context, { ...filter, limit: 50 });
      times.push(performance.now() - began);
    }
    expect(times.sort((a, b) => a - b)[2], JSON.stringify(filter)).toBeLessThan(100);
  }
});

test('no role sees sealed credentials in a job, and the row of one that has ended holds none', async () => {
  const question = {
    ask: 'test-connection' as const,
    kind: 'mysql' as const,
    address: { host: 'h', port: 1, database: '' },
    sealed: 'v1.sealed',
  };
  const { jobId } = await enqueueSample(context, { input: { kind: 'inspect', question } });
  const { input } = await showJob(context, { id: jobId });
  expect(JSON.stringify(input)).not.toContain('v1.sealed');
  await cancelJob(context, { jobId });
  const row = await database.db.job.findUniqueOrThrow({ where: { id: jobId } });
  expect(row.input).toEqual({ kind: 'inspect', question: { ...question, sealed: '' } });
});

test('a job over 20,000 tables is there, or refused, within seconds', async () => {
  const tables = Array.from({ length: 20_000 }, (_, n) => ({ source: `many.t${n}`, target: `many.t${n}` }));
  await database.db.cluster.create({ data: { id: 'c-many', name: 'many', kind: 'mysql', address: {} } });
  const writes = { clusterId: 'c-many', tables: tables.map(({ target }) => target) };
  const before = performance.now();
  const { jobId, number } = await enqueueSample(context, { tables, writes });
  await expect(enqueueSample(context, { writes })).rejects.toMatchObject({
    code: 'conflict/table-busy',
    context: { jobNumber: number },
  });
  expect(performance.now() - before).toBeLessThan(5_000);
  const { tables: page } = await listJobTables(context, { jobId, after: 19_998 });
  expect(page).toMatchObject([{ table: 'many.t19999', target: 'many.t19999', ordinal: 19_999, state: 'waiting' }]);
  await cancelJob(context, { jobId });
});
