import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RestorePoint } from '#server/contract/restore-point.ts';
import { handingBack } from '../attempt.ts';
import { type Moment, PointFixture } from './point-fixture.ts';
import { TestJob } from './restore-fixture.ts';

const fixture = new PointFixture();
let backupId: string;
const moments: Moment[] = [];

const tables = ['altered', 'emptied', 'anew', 'ghosted', 'first', 'second'].map((name) => `d.${name}`);

beforeAll(async () => {
  await fixture.start();
  const create = (name: string) =>
    `CREATE TABLE ${name} (id INT PRIMARY KEY AUTO_INCREMENT, n INT, v VARCHAR(40), KEY (n));
     INSERT INTO ${name} SELECT seq, seq % 10, CONCAT('${name}', seq) FROM seq_1_to_500;`;
  const names = tables.map((name) => name.slice(2));
  await fixture.sql(`CREATE DATABASE d; USE d; ${names.map(create).join('\n')} ${create('gone')} ${create('texted')}
    CREATE TRIGGER kept BEFORE INSERT ON altered FOR EACH ROW SET NEW.v = UPPER(NEW.v);
    CREATE TRIGGER dropped BEFORE UPDATE ON altered FOR EACH ROW SET NEW.n = 0`);
  backupId = await fixture.backup(...tables, 'd.gone', 'd.texted');
  fixture.watched.push(...tables);
  const step = async (sql: string) => {
    await fixture.sql(`USE d; ${sql}`);
    moments.push(await fixture.moment());
  };
  await step(
    `UPDATE altered SET n = 3 WHERE id < 50; ALTER TABLE altered ADD w DECIMAL(9,2) DEFAULT 1.5 AFTER id;
     UPDATE altered SET w = 2 WHERE id < 20; DELETE FROM emptied WHERE id < 5; TRUNCATE emptied; INSERT INTO emptied (n) VALUES (1);
     UPDATE first SET n = -1 WHERE id < 9; UPDATE second SET n = -2 WHERE id < 9; RENAME TABLE first TO x, second TO first, x TO second`,
  );
  await step(
    `DROP TRIGGER dropped; CREATE TRIGGER made AFTER DELETE ON altered FOR EACH ROW SET @gone = OLD.id; ALTER TABLE altered DROP n, ADD INDEX wide (v, w), CHARACTER SET utf8mb4; DELETE FROM altered WHERE id > 480;
     DROP TABLE anew; CREATE TABLE anew (name VARCHAR(9) PRIMARY KEY); INSERT INTO anew VALUES ('a'), ('b');
     CREATE TABLE _g_gho LIKE ghosted; ALTER TABLE _g_gho ADD x INT DEFAULT 4; INSERT INTO _g_gho (id, n, v) SELECT * FROM ghosted;
     RENAME TABLE ghosted TO _g_del, _g_gho TO ghosted; UPDATE ghosted SET x = 5 WHERE id = 3;
     UPDATE first SET v = 'after' WHERE id = 4; DROP TABLE gone; SET binlog_format = STATEMENT; UPDATE texted SET n = 5`,
  );
  await fixture.caughtUp();
});
afterAll(() => fixture.close());

const after = ({ gtid }: Moment): RestorePoint => ({ kind: 'after', transaction: gtid });

test.each(tables)('%s comes back as it was, whatever was done to its definition meanwhile', async (table) => {
  for (const moment of moments) {
    const { rows, target, outcome, plan } = await fixture.restored(backupId, after(moment), table);
    expect(rows).toEqual(moment.rows.get(table));
    expect(outcome.rows).toBe(rows.length);
    if (plan.tables[0]!.log!.crossed.length > 0) {
      const step = plan.steps.find(({ title }) => title === 'Carry across');
      for (const crossed of plan.tables[0]!.log!.crossed) expect(step!.detail).toContain(crossed);
    } else expect(moment).toBe(moments[0]);
    if (moment !== moments[1]) continue;
    const text = async (name: string) =>
      (await fixture.sql(`SHOW CREATE TABLE ${name}`)).replace(/^\S+\s+CREATE TABLE `\w+`/, '');
    expect(await text(target)).toBe(await text(table));
  }
});

test('triggers come back as they were then: without those that were dropped, with those that were made', async () => {
  const name = 'altered_with_triggers';
  const asked = [{ source: 'd.altered', target: `d.${name}` }];
  const { tables: outcomes } = await fixture.run(
    await fixture.plan(backupId, after(moments[1]!), asked, { triggers: true }),
  );
  expect(outcomes[0]).toMatchObject({ outcome: 'succeeded', error: null, notes: [] });
  const found = await fixture.sql(
    `SELECT ACTION_TIMING, EVENT_MANIPULATION FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = '${name}'`,
  );
  expect(found.trim().split('\n').sort()).toEqual(['AFTER\tDELETE', 'BEFORE\tINSERT']);
});

test('a table that was dropped, and one whose changes the log does not tell, are refused with the last instant before', async () => {
  const plan = await fixture.plan(backupId, after(moments[1]!), [
    { source: 'd.gone', target: 'd.gone_again' },
    { source: 'd.texted', target: 'd.texted_again' },
  ]);
  const [gone, texted] = plan.tables.map(({ problem }) => problem);
  expect(gone).toMatchObject({
    code: 'restore/in-gap',
    message: expect.stringContaining('it is not there from then on'),
  });
  expect(texted).toMatchObject({ code: 'restore/in-gap', message: expect.stringContaining('logged as its text') });
  const transaction = /--before-tx s1:(\S+?)\./.exec(gone!.hint)![1]!;
  const point = { kind: 'before', transaction } as const;
  expect((await fixture.restored(backupId, point, 'd.gone')).rows).toHaveLength(500);
});

test('what another attempt cannot go on with is gone when a table that was carried is stopped at its end', async () => {
  const plan = await fixture.plan(backupId, after(moments[0]!), [{ source: 'd.altered', target: 'd.stopped' }]);
  const job = new TestJob();
  job.onStep = (step) => {
    if (step === 'indexes running') job.stop.abort(handingBack());
  };
  await expect(fixture.run(plan, job)).rejects.toThrow('the executor is stopping');
  expect(await fixture.sql("SHOW DATABASES LIKE 'tidemark\\\\_%'")).toBe('');
});
