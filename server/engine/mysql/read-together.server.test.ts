import { afterAll, beforeAll, expect, test } from 'vitest';
import { pause } from '#server/base/abort.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import { RowDigest } from './digest.ts';
import { type DumpFixture, dumped, failed, startDumpFixture } from './dump-fixture.ts';
import { rowRuns } from './row-runs.ts';

let lab: DumpFixture;
const names = Array.from({ length: 24 }, (_, n) => `t${String(n).padStart(2, '0')}`);

/** Table n holds n rows, the first of them none. */
beforeAll(async () => {
  lab = await startDumpFixture();
  const make = names.map((name, n) => {
    const rows = n === 0 ? '' : `INSERT INTO ${name} SELECT seq, REPEAT('${name}', seq) FROM seq_1_to_${n};`;
    return `CREATE TABLE ${name} (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(300)) ENGINE=InnoDB; ${rows}`;
  });
  await lab.server.sql(`CREATE DATABASE d; USE d; ${make.join('\n')}`);
});
afterAll(() => lab?.stop());

const metadataWaits = () =>
  lab.server.sql(
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata%' AND INFO NOT LIKE '%PROCESSLIST%'",
  );

test('small tables that are read together are what each is alone: rows, digests, definitions, chunks that hold them', async () => {
  const alone = await lab.dump(names, { alone: true });
  const together = await lab.dump(names);
  for (const [n, name] of names.entries()) {
    const { definition, rows, digest, longestRowBytes, rawBytes, chunks } = dumped(together, name);
    const other = dumped(alone, name);
    expect({ definition, rows, digest, longestRowBytes, rawBytes }).toEqual({
      ...{ definition: other.definition, rows: BigInt(n), digest: other.digest },
      ...{ longestRowBytes: other.longestRowBytes, rawBytes: other.rawBytes },
    });
    const found = new RowDigest();
    for (const chunk of chunks) for await (const run of rowRuns(readChunk(lab.storage, chunk))) found.add(run);
    expect([found.rows, found.hex]).toEqual([rows, digest]);
  }
});

test('what changed since the cut is taken again or fails by name; those that were read with it are of the cut', async () => {
  const again: string[] = [];
  await lab.server.sql('CREATE TABLE d.doomed (id INT PRIMARY KEY)');
  const tables = [...names.slice(0, 10), 'doomed', ...names.slice(10)];
  const result = await lab.dump(tables, {
    connections: 1,
    onAgain: ({ table }) => void again.push(table),
    afterCut: () =>
      lab.server.sql(`USE d; ALTER TABLE t03 ADD COLUMN late INT; ALTER TABLE t04 FORCE, ALGORITHM=COPY; DROP TABLE doomed;
        INSERT INTO t05 (v) VALUES ('after the cut')`),
  });
  expect(failed(result, 'doomed').code).toBe('table/not-found');
  expect(again.sort()).toEqual(['t03', 't04']);
  for (const [n, name] of names.entries()) {
    expect(dumped(result, name)).toMatchObject({ rows: BigInt(n), ownSnapshot: again.includes(name) });
  }
  await lab.server.sql('USE d; ALTER TABLE t03 DROP COLUMN late; DELETE FROM t05 WHERE id > 5');
});

test('while one of them waits for somebody who changes it, no other is kept from being changed', async () => {
  const locker = await lab.connect();
  const dumping = lab.dump(names, {
    connections: 1,
    settleMs: 20_000,
    afterCut: () => locker.query('LOCK TABLES d.t08 WRITE'),
  });
  while (Number(await metadataWaits()) === 0) await pause(5);
  const began = performance.now();
  const others = names.filter((name) => name !== 't08').map((name) => `ALTER TABLE d.${name} COMMENT 'changed'`);
  await lab.server.sql(`SET lock_wait_timeout = 1; ${others.join(';')}`);
  expect(performance.now() - began).toBeLessThan(4_000);
  await locker.close();
  expect((await dumping).fragments.size).toBe(names.length);
});

test('a session that is lost with tables on the way leaves them to another, of the same cut', async () => {
  const locker = await lab.connect();
  let cutSessions: number[] = [];
  const dumping = lab.dump(names, {
    connections: 2,
    afterCut: async (cut) => {
      cutSessions = cut.sessions[0]!.workers.map(({ connectionId }) => connectionId);
      await locker.query('LOCK TABLES d.t01 WRITE');
    },
  });
  while (Number(await metadataWaits()) === 0) await pause(5);
  const waiting = await lab.server.sql(
    "SELECT ID FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table metadata%'",
  );
  expect(cutSessions).toContain(Number(waiting));
  await lab.server.sql(`KILL ${Number(waiting)}`);
  await locker.close();
  const result = await dumping;
  for (const [n, name] of names.entries()) {
    expect(dumped(result, name)).toMatchObject({ rows: BigInt(n), ownSnapshot: false });
  }
});
