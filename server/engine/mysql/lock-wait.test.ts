import { expect, test } from 'vitest';
import { mayWaitFor } from './lock-wait.ts';

const waits = (statement: string | null, table = 'account', database = 'bank') =>
  mayWaitFor({ id: '1', statement }, database, table);

test('a statement that names the table may be waiting for it, however it is spelled', () => {
  expect(waits('ALTER TABLE bank.account ADD x INT')).toBe(true);
  expect(waits('alter table `Account` add x int')).toBe(true);
  expect(waits('drop table `we``ird`', 'we`ird')).toBe(true);
  expect(waits('select * from `größe$$x`', 'größe$$x')).toBe(true);
});

test('a statement that names only other tables is not waiting for ours', () => {
  expect(waits('ALTER TABLE account_old ADD x INT')).toBe(false);
  expect(waits('ALTER TABLE t ADD x INT', 'a')).toBe(false);
});

test('a statement that hides what it touches may be waiting for any table', () => {
  expect(waits(null)).toBe(true);
  expect(waits('CALL nightly()')).toBe(true);
  expect(waits('DROP DATABASE bank')).toBe(true);
  expect(waits('DROP DATABASE other')).toBe(false);
});
