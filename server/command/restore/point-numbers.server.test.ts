import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Moment, PointFixture } from './point-fixture.ts';

const fixture = new PointFixture();
let backupId: string;
let then: Moment;

beforeAll(async () => {
  await fixture.start();
  await fixture.sql(`CREATE DATABASE d; USE d; CREATE SEQUENCE numbers;
    CREATE TABLE drawn (id BIGINT PRIMARY KEY DEFAULT (NEXT VALUE FOR numbers), v INT);
    INSERT INTO drawn (v) SELECT seq FROM seq_1_to_10`);
  backupId = await fixture.backup('d.drawn');
  await fixture.sql(`USE d; INSERT INTO drawn (v) SELECT seq FROM seq_1_to_2500; ALTER TABLE drawn ADD w INT;
    INSERT INTO drawn (v) VALUES (1)`);
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
