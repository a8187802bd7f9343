import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { digestTable } from './digest-table.ts';
import { type DumpFixture, dumped, startDumpFixture } from './dump-fixture.ts';
import type { DumpedFragment } from './fragment-take.ts';
import { type Loaded, type LoadOptions, loadFragment } from './load.ts';
import { createMarks, readMarks } from './load-marks.ts';

let lab: DumpFixture;
const marksAt = { database: 'd', table: 'marks' };
const rows = 20_000;

beforeAll(async () => {
  lab = await startDumpFixture({});
  await lab.server.sql('CREATE DATABASE d CHARACTER SET utf8mb4');
});
afterAll(() => lab?.stop());

const shapes = {
  'with a primary key': 'CREATE TABLE $t (id INT PRIMARY KEY, v VARCHAR(400)) ENGINE=InnoDB',
  'without any key, every row four times': 'CREATE TABLE $t (id INT, v VARCHAR(400)) ENGINE=InnoDB',
};

/** The table, read into chunks of some hundred kilobytes, and an empty one to load into, with no marks. */
async function prepare(shape: keyof typeof shapes): Promise<DumpedFragment> {
  const id = shape.endsWith('times') ? 'seq DIV 4' : 'seq';
  await lab.server.sql(`DROP TABLE IF EXISTS d.src, d.dst, d.marks; ${shapes[shape].replace('$t', 'd.src')};
    ${shapes[shape].replace('$t', 'd.dst')};
    INSERT INTO d.src SELECT ${id}, REPEAT(CHAR(97 + ${id} % 26), 300) FROM d.seq_1_to_${rows}; ANALYZE TABLE d.src`);
  const fragment = dumped(await lab.dump(['src'], { chunkBytes: 700_000 }));
  const connection = await lab.connect();
  await createMarks(connection, marksAt, 'what it was like');
  await connection.close();
  return fragment;
}

/** One load, as an executor that begins where the marks are: `after` is called with the rows that were taken so far. */
async function attempt(
  fragment: DumpedFragment,
  more: Partial<LoadOptions> & { killAfter?: number } = {},
): Promise<(Loaded & { sent: number }) | { error: unknown }> {
  const { killAfter = Number.POSITIVE_INFINITY, ...options } = more;
  const connections = await Promise.all([1, 2, 3].map(() => lab.connect({ localData: true })));
  const found = await readMarks(connections[0]!, marksAt);
  const there = [...found!.marks.there.values()].reduce((sum, count) => sum + count, 0);
  let taken = 0;
  try {
    const loaded = await loadFragment({
      connections,
      database: 'd',
      table: 'dst',
      columns: fragment.definition.columns,
      chunks: fragment.chunks,
      readChunk: (chunk) => readChunk(lab.storage, chunk),
      marks: found!.marks,
      commitBytes: 100_000,
      onRows: (count) => {
        taken += count;
        if (taken - there >= killAfter) for (const connection of connections) connection.destroy();
      },
      ...options,
    });
    return { ...loaded, sent: taken - Number(loaded.kept) };
  } catch (error) {
    return { error };
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
    // What a killed process leaves is over before the next attempt looks: it ends those sessions first.
    await sessionsGone();
  }
}

async function expectEqual(fragment: DumpedFragment): Promise<void> {
  const connection = await lab.connect();
  const copy = await digestTable(connection, 'd', 'dst', fragment.definition.columns);
  await connection.close();
  expect(copy).toEqual({ rows: fragment.rows, digest: fragment.digest });
}

describe.each(Object.keys(shapes) as (keyof typeof shapes)[])('a table %s', (shape) => {
  test.each(['bulk', 'local-data', 'insert'] as const)(
    'is whole after a load by %s that broke off three times, and no row was sent that was committed',
    async (path) => {
      const fragment = await prepare(shape);
      if (shape === 'with a primary key') expect(fragment.chunks.length).toBeGreaterThan(5);
      let there = 0;
      for (const killAfter of [300, 5_000, 9_000]) {
        expect(await attempt(fragment, { path, killAfter })).toHaveProperty('error');
        const n = await marked();
        expect(n).toBeGreaterThanOrEqual(there);
        expect(n).toBe(await count());
        there = n;
      }
      expect(there).toBeGreaterThan(4_000);
      expect(await attempt(fragment, { path })).toMatchObject({
        rows: BigInt(rows),
        kept: BigInt(there),
        sent: rows - there,
      });
      await expectEqual(fragment);
      // Once more finds nothing left to do.
      expect(await attempt(fragment, { path })).toMatchObject({ kept: BigInt(rows), sent: 0 });
      await expectEqual(fragment);
    },
  );
});

async function sessionsGone(): Promise<void> {
  for (const until = performance.now() + 10_000; performance.now() < until; await pause(20)) {
    const others = 'ID <> CONNECTION_ID() AND COMMAND <> "Daemon"';
    if (Number(await lab.server.sql(`SELECT count(*) FROM information_schema.PROCESSLIST WHERE ${others}`)) === 0)
      return;
  }
  throw new Error('sessions of a load that broke off do not end');
}

/** Rows that the marks say are there. */
async function marked(): Promise<number> {
  const connection = await lab.connect();
  const found = await readMarks(connection, marksAt);
  await connection.close();
  expect(found!.baseline).toBe('what it was like');
  return [...found!.marks.there.values()].reduce((sum, n) => sum + n, 0);
}

async function count(): Promise<number> {
  return Number(await lab.server.sql('SELECT count(*) FROM d.dst'));
}

test('a batch that fails commits nothing behind it, and its mark does not come', async () => {
  const fragment = await prepare('with a primary key');
  await lab.server.sql('INSERT INTO d.dst VALUES (9000, NULL)');
  const { error } = (await attempt(fragment)) as { error: unknown };
  expect(error).toMatchObject({ code: 'node/query-failed', context: { errno: 1062 } });
  const n = await marked();
  expect(await count()).toBe(n + 1);
  await lab.server.sql('DELETE FROM d.dst WHERE v IS NULL');
  expect(await attempt(fragment)).toMatchObject({ kept: BigInt(n) });
  await expectEqual(fragment);
});

test('marks of a form that is not ours are none', async () => {
  await prepare('with a primary key');
  await lab.server.sql('UPDATE d.marks SET row_count = 2 WHERE chunk = -1');
  const connection = await lab.connect();
  expect(await readMarks(connection, marksAt)).toBeNull();
  await connection.close();
});
