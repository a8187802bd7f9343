import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { RestorePlan } from '#server/contract/restore.ts';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import { tailsIn } from './held-tail.ts';
import type { KillOrder } from './killed-load-fixture.ts';
import { PointFixture } from './point-fixture.ts';
import { restore } from './restore.ts';
import { TestJob } from './restore-fixture.ts';

const fixture = new PointFixture();
const rows = 24_000;
let backupId: string;
let point: RestorePoint;
const truth = new Map<string, string[]>();

beforeAll(async () => {
  await fixture.start();
  const columns = 'id INT, v VARCHAR(1100), n INT';
  await fixture.sql(
    `CREATE DATABASE big; USE big; CREATE TABLE keyed (${columns}, PRIMARY KEY (id), KEY (n)); CREATE TABLE keyless (${columns}, KEY (n));
     INSERT INTO keyed SELECT seq, REPEAT(CHAR(97 + seq % 26), 1000), seq % 7 FROM seq_1_to_${rows};
     INSERT INTO keyless SELECT id DIV 3, v, n FROM keyed`,
  );
  fixture.watched.push('big.keyed', 'big.keyless');
  backupId = await fixture.backup(...fixture.watched);
  await fixture.sql(
    `USE big; DELETE FROM keyed WHERE id % 9 = 0; UPDATE keyed SET n = 100 WHERE id % 5 = 0;
     INSERT INTO keyed SELECT seq + 100000, REPEAT('z', 1000), 1 FROM seq_1_to_6000;
     DELETE FROM keyless WHERE id % 9 = 0; UPDATE keyless SET n = 100 WHERE id % 5 = 0;
     INSERT INTO keyless SELECT seq + 100000, REPEAT('z', 1000), 1 FROM seq_1_to_6000`,
  );
  const moment = await fixture.moment();
  for (const [table, found] of moment.rows) truth.set(table, found);
  point = { kind: 'after', transaction: moment.gtid };
  await fixture.sql('UPDATE big.keyed SET n = 0; DELETE FROM big.keyless');
  await fixture.caughtUp();
});
afterAll(() => fixture.close());

/** An attempt in a process of its own that kills itself at `at`; answers with its id. */
async function killed(plan: RestorePlan, at: KillOrder['at'], earlierAttempts: string[] = []): Promise<string> {
  const { folder, logs, access: target } = fixture;
  const until = [...logs.archivedUntil].map(([id, ms]): [string, number] => [id, ms.getTime()]);
  const archive = { clusterId: logs.clusterId, until, scratchFolder: folder };
  const order: KillOrder = { plan, target, path: join(folder, 'store'), earlierAttempts, at, by: 'SIGKILL', archive };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-load-fixture.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(order));
  const ended = once(child, 'exit');
  const attemptId = await text(child.stdout);
  expect((await ended)[1]).toBe('SIGKILL');
  return attemptId;
}

describe.each(['big.keyed', 'big.keyless'])('%s', (source) => {
  it('comes back as it was at the point after kill -9 in its log, its rows, and behind its last chunk', async () => {
    const target = `${source}_killed`;
    const plan = await fixture.plan(backupId, point, [{ source, target }]);
    const attempts = [await killed(plan, { phase: 'log', rows: 0 })];
    // As if it had copied some of the log's tail: the next attempt has no use for it.
    mkdirSync(join(fixture.folder, `log-tail-${attempts[0]}`, 'logs'), { recursive: true });
    for (const sent of [12_000, 25_000]) {
      attempts.push(await killed(plan, { phase: 'rows', rows: sent }, attempts));
      expect(await tailsIn(fixture.folder)).toEqual([]);
    }
    const job = new TestJob();
    const { storage, logs, folder: scratchFolder, access } = fixture;
    const attempt = { ...job.attempt(), earlierAttempts: attempts };
    const { tables } = await restore(attempt, { plan, storage, target: access, catchUp: { logs, scratchFolder } });
    expect(tables[0]).toMatchObject({ outcome: 'succeeded', error: null });
    expect(job.events.map(({ message }) => message).join('\n')).toMatch(/behind the [1-9]\d{3,} rows/);
    expect(await fixture.rowsOf(target)).toEqual(truth.get(source));
    expect(await fixture.sql("SHOW DATABASES LIKE 'tidemark\\_%'")).toBe('');
  });
});

test('in place the live table is kept, and the restored one has the rows of the point and goes on with its numbers', async () => {
  await fixture.sql(
    `USE big; CREATE TABLE live (id INT PRIMARY KEY AUTO_INCREMENT, v INT); INSERT INTO live (v) VALUES (1), (2)`,
  );
  const own = await fixture.backup('big.live');
  await fixture.sql('INSERT INTO big.live (v) VALUES (3), (4)');
  const { gtid } = await fixture.moment();
  const wanted = await fixture.rowsOf('big.live');
  await fixture.sql('UPDATE big.live SET v = 0; INSERT INTO big.live (v) VALUES (5)');
  await fixture.caughtUp();
  const plan = await fixture.plan(
    own,
    { kind: 'before', transaction: nextOf(gtid) },
    [{ source: 'big.live', target: 'big.live' }],
    {
      clean: true,
    },
  );
  expect(plan.tables[0]!.willNotComeBack).toContain(
    `Changes made after ${plan.log!.at} will be in the kept copy only.`,
  );
  const { tables, kept } = await fixture.run(plan);
  expect(tables[0]).toMatchObject({ outcome: 'succeeded', rows: 4, changesApplied: 2 });
  expect(await fixture.rowsOf('big.live')).toEqual(wanted);
  expect(await fixture.rowsOf(`big.${kept[0]!.keptAs}`)).toHaveLength(5);
  await fixture.sql('INSERT INTO big.live (v) VALUES (6)');
  expect((await fixture.rowsOf('big.live')).at(-1)).toBe('6\t6');
});

const nextOf = (gtid: string) => gtid.replace(/\d+$/, (sequence) => String(Number(sequence) + 1));
