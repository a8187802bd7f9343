import { expect, test } from 'vitest';
import { type StorageTable, StorageTables } from './storage-tables.ts';

const table = (database: string, name: string): StorageTable => ({
  database,
  table: name,
  kind: 'table',
  engine: 'InnoDB',
  rows: 0,
  bytes: 0,
  broken: null,
});
const find = (tables: StorageTable[], database: string, name: string) => {
  const found = new StorageTables(tables).find({ database, table: name });
  return found && `${found.database}.${found.table}`;
};

test('a name is looked up exactly first, then without regard to case', () => {
  expect(find([table('d', 'mixed'), table('d', 'Mixed')], 'd', 'Mixed')).toBe('d.Mixed');
  expect(find([table('d', 'mixed')], 'D', 'MIXED')).toBe('d.mixed');
  expect(find([table('d', 'äö')], 'd', 'ÄÖ')).toBe('d.äö');
});

test('names that only case tells apart are never guessed between', () => {
  expect(find([table('d', 'mixed'), table('d', 'Mixed')], 'd', 'MIXED')).toBeUndefined();
});

test('a dot in a name does not move the border between database and table', () => {
  expect(find([table('a', 'b.c')], 'a.b', 'c')).toBeUndefined();
});
