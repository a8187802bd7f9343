import { expect, test } from 'vitest';
import type { LogStatement } from '#server/manifest/log-schema.ts';
import { touchesTable } from './touches-table.ts';

const statement = (sql: string, kind: LogStatement['kind'], database = 'd'): LogStatement => ({
  ...{ kind, gtid: '', at: 0, file: 'binlog.000001', position: '4', database, sql },
});
const touches = (sql: string, kind: LogStatement['kind'] = 'definition', database = 'd') =>
  touchesTable(statement(sql, kind, database), { database: 'd', table: 'T`x' });

test.each([
  'ALTER TABLE `t``x` ADD c INT',
  'alter table d.`T``x` add c int',
  'RENAME TABLE a TO b, `d` . `t``x` TO c',
  'TRUNCATE `T``x`',
  'DROP TABLE IF EXISTS a, `t``x`',
  '/* tool */ CREATE TABLE IF NOT EXISTS `t``x` (id INT)',
  'CREATE INDEX i ON `t``x` (a)',
  'DROP DATABASE d',
  'CREATE OR REPLACE DATABASE d',
])('a definition that names the table touches it: %s', (sql) => expect(touches(sql)).toBe(true));

test.each([
  'ALTER TABLE `t``xy` ADD c INT',
  'ALTER TABLE other.`t``x` ADD c INT',
  'CREATE TABLE a LIKE `t``x`',
  'CREATE TABLE a (b INT, FOREIGN KEY (b) REFERENCES `t``x` (id))',
  'CREATE OR REPLACE DEFINER=`u`@`%` VIEW v AS SELECT * FROM `t``x`',
  'CREATE TEMPORARY TABLE `t``x` (id INT)',
  'DROP DATABASE other',
  'CREATE DATABASE IF NOT EXISTS d',
  'ALTER DATABASE d CHARACTER SET utf8mb4',
])('one that does not, or only reads it, does not: %s', (sql) => expect(touches(sql)).toBe(false));

test('a change logged as text touches what it names, and everything where that cannot be told', () => {
  expect(touches('UPDATE `T``x` SET a = 1', 'change')).toBe(true);
  expect(touches('UPDATE `T``x` SET a = 1', 'change', 'other')).toBe(false);
  expect(touches('INSERT INTO d.`T``x` VALUES (1)', 'change', 'other')).toBe(true);
  expect(touches('INSERT INTO other VALUES (1)', 'change')).toBe(false);
  expect(touches('SELECT f(1)', 'change')).toBe(true);
  expect(touches('', 'change')).toBe(true);
  expect(touches(`INSERT INTO other VALUES (${'1,'.repeat(1_000)}`, 'change')).toBe(true);
  expect(touches('GRANT ALL ON `T``x` TO u', 'other')).toBe(false);
});
