import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DumpFixture, startDumpFixture } from './dump-fixture.ts';
import { makeMissingSequences, nextOfSequence, readSequencesOf } from './sequences.ts';

let lab: DumpFixture;

beforeAll(async () => {
  lab = await startDumpFixture();
  await lab.server.sql('CREATE DATABASE d; CREATE SEQUENCE d.numbers START WITH 5 INCREMENT BY 5 NOCACHE');
});
afterAll(() => lab?.stop());

test('a sequence that several tables draw from is made once, by whichever comes first, and goes on where it was', async () => {
  const connections = await Promise.all([1, 2, 3, 4].map(() => lab.connect()));
  const [first] = connections as [(typeof connections)[number]];
  const at = { database: 'd', table: 'numbers' };
  await first.query('SELECT NEXTVAL(d.numbers), NEXTVAL(d.numbers)');
  const sequences = await readSequencesOf(first, 'DEFAULT nextval(`d`.`numbers`)');
  expect(sequences).toMatchObject([{ database: 'd', name: 'numbers', next: '15' }]);
  for (let n = 0; n < 10; n++) {
    await first.execute('DROP SEQUENCE d.numbers');
    await Promise.all(connections.map((one) => makeMissingSequences(one, sequences, 'utf8mb4_general_ci')));
    expect(await nextOfSequence(first, at)).toBe('15');
  }
  await Promise.all(connections.map((one) => one.close()));
});
