import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Moment, PointFixture } from './point-fixture.ts';

const fixture = new PointFixture();
let backupId: string;
let then: Moment;

beforeAll(async () => {
  await fixture.start();
  await fixture.sql(`CREATE DATABASE d; USE d; CREATE SEQUENCE numbers;
    CREATE TABLE drawn (id BIGINT PRIMARY KEY DEFAULT (NEXT VALUE FOR numbers), v INT);
    INSERT INTO drawn (v) SELECT seq FROM seq_1_to_10;
    CREATE TABLE counted (id INT PRIMARY KEY AUTO_INCREMENT, v INT); INSERT INTO counted (v) SELECT seq FROM seq_1_to_10;
    CREATE TABLE emptied LIKE counted; INSERT INTO emptied SELECT * FROM counted`);
  backupId = await fixture.backup('d.drawn', 'd.counted', 'd.emptied');
  await fixture.sql(`USE d; INSERT INTO drawn (v) SELECT seq FROM seq_1_to_2500; ALTER TABLE drawn ADD w INT;
    INSERT INTO drawn (v) VALUES (1);
    INSERT INTO counted VALUES (500, 1); DELETE FROM counted WHERE id = 500; ALTER TABLE counted ADD w INT;
    UPDATE counted SET w = 1 WHERE id = 1;
    INSERT INTO emptied VALUES (500, 1); TRUNCATE emptied; INSERT INTO emptied (v) VALUES (1)`);
  then = await fixture.moment();
});
afterAll(() => fixture.close());

const restored = async (table: string) =>
  (await fixture.restored(backupId, { kind: 'after', transaction: then.gtid }, table)).target;

test('a sequence gives nothing out again that was drawn before or after a table was altered', async () => {
  const highest = Number(await fixture.sql('SELECT MAX(id) FROM d.drawn'));
  await fixture.sql('DROP TABLE d.drawn; DROP SEQUENCE d.numbers');
  await fixture.caughtUp();
  const target = await restored('d.drawn');
  const next = await fixture.sql(`INSERT INTO ${target} (v) VALUES (0); SELECT id FROM ${target} WHERE v = 0`);
  expect(Number(next)).toBeGreaterThan(highest);
});

test.each(['counted', 'emptied'])('the next AUTO_INCREMENT value of %s is that of its source', async (table) => {
  await fixture.caughtUp();
  const target = await restored(`d.${table}`);
  const nextOf = async (name: string) =>
    Number(
      await fixture.sql(
        `SELECT AUTO_INCREMENT FROM information_schema.TABLES WHERE CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) = '${name}'`,
      ),
    );
  expect(await nextOf(target)).toBe(await nextOf(`d.${table}`));
});
