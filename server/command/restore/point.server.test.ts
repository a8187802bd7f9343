import { afterAll, beforeAll, expect, test } from 'vitest';
import { PointFixture } from './point-fixture.ts';

const fixture = new PointFixture();
let backupId: string;

beforeAll(async () => {
  await fixture.start();
  await fixture.sql(
    `CREATE DATABASE d; USE d;
     CREATE TABLE keyed (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL DEFAULT 7, v VARCHAR(40), KEY (n));
     CREATE TABLE loose (a INT, v VARCHAR(40));
     INSERT INTO keyed SELECT seq, seq % 10, CONCAT('v', seq) FROM seq_1_to_3000;
     INSERT INTO loose SELECT seq % 200, CONCAT('v', seq % 100) FROM seq_1_to_3000`,
  );
  fixture.watched.push('d.keyed', 'd.loose');
  backupId = await fixture.backup('d.keyed', 'd.loose');
});
afterAll(() => fixture.close());

test('a table comes back as it was after each transaction', async () => {
  const moments = [];
  for (let n = 0; n < 4; n++) {
    await fixture.sql(
      `USE d; UPDATE keyed SET v = CONCAT(v, '+'), n = n + 1 WHERE id % 7 = ${n}; DELETE FROM keyed WHERE id % 11 = ${n};
       INSERT INTO keyed (v) SELECT CONCAT('new', seq) FROM seq_1_to_50; UPDATE keyed SET id = id + ${1_000_000 * 2 ** n} WHERE id % 97 = ${n};
       UPDATE loose SET v = 'changed' WHERE a = ${n}; DELETE FROM loose WHERE a = ${n + 50} LIMIT 3;
       INSERT INTO loose VALUES (1, 'v1'), (1, 'v1')`,
    );
    moments.push(await fixture.moment());
  }
  await fixture.caughtUp();
  for (const { gtid, rows } of moments) {
    for (const table of fixture.watched) {
      const point = { kind: 'after', transaction: gtid } as const;
      const { rows: found, outcome } = await fixture.restored(backupId, point, table);
      expect(found).toEqual(rows.get(table));
      expect(outcome.rows).toBe(found.length);
      expect(outcome.changesApplied).toBeGreaterThan(0);
    }
  }
});
