import { describe, expect, it } from 'vitest';
import { addForeignKeysStatement, dropForeignKeysStatement, type ForeignKey } from './foreign-keys.ts';
import { buildIndexesStatement, dropIndexesStatement, type Index, planIndexes } from './indexes.ts';
import { withoutAutoIncrement } from './staging.ts';
import { createTriggerStatement, quoteDefiner } from './triggers.ts';

const index = (name: string, columns: string[], more: Partial<Index> = {}): Index => ({
  name,
  unique: false,
  kind: 'btree',
  columns: columns.map((column) => ({ name: column, prefix: null, descending: false })),
  comment: '',
  ignored: false,
  ...more,
});
const column = (name: string, flags = 0) => ({
  name,
  type: 3,
  flags,
  charset: 63,
  decimals: 0,
  declared: 'int(11)',
  generated: false,
});
const autoIncrement = 0x201;

describe('planIndexes', () => {
  const columns = [column('id', autoIncrement), column('a'), column('b', 1)];

  it('keeps the index that AUTO_INCREMENT leans on and gives it its old place again', () => {
    const createTable =
      'CREATE TABLE `t` (\n  `id` int,\n  PRIMARY KEY (`b`),\n  KEY `z` (`a`),\n  KEY `auto` (`id`)\n) ENGINE=InnoDB';
    const indexes = [index('PRIMARY', ['b'], { unique: true }), index('z', ['a']), index('auto', ['id'])];
    const plan = planIndexes({ createTable, columns, indexes });
    expect([plan.later.map((one) => one.name), plan.moved?.name]).toEqual([['z'], 'auto']);
    expect(dropIndexesStatement('t', plan)).toBe('ALTER TABLE t DROP INDEX `z`');
    expect(buildIndexesStatement('t', { createTable, columns, indexes }, plan)).toBe(
      'ALTER TABLE t DROP INDEX `auto`, ADD KEY `z` (`a`), ADD KEY `auto` (`id`)',
    );
  });

  it('keeps an index whose clause it cannot write word for word', () => {
    const createTable =
      'CREATE TABLE `t` (\n  PRIMARY KEY (`b`),\n  FULLTEXT KEY `f` (`a`) /*!50100 WITH PARSER `ngram` */ \n) ENGINE=InnoDB';
    const indexes = [index('PRIMARY', ['b']), index('f', ['a'], { kind: 'fulltext' })];
    expect(planIndexes({ createTable, columns: columns.slice(1), indexes }).kept.map((one) => one.name)).toEqual(['f']);
  });

  it('does nothing where nothing waits', () => {
    const plan = planIndexes({ createTable: '', columns: [], indexes: [] });
    expect([
      dropIndexesStatement('t', plan),
      buildIndexesStatement('t', { createTable: '', columns: [], indexes: [] }, plan),
    ]).toEqual([null, null]);
  });
});

describe('statements', () => {
  const key: ForeignKey = {
    name: 'a`b',
    columns: ['x', 'y'],
    refDatabase: 'd',
    refTable: 't',
    refColumns: ['p', 'q'],
    onUpdate: 'RESTRICT',
    onDelete: 'SET NULL',
  };

  it('quote every name and leave RESTRICT unsaid', () => {
    const at = { database: 's`1', table: 't' };
    expect(addForeignKeysStatement(at, { database: 'd', table: 'other' }, [key], () => 'n`')).toBe(
      'ALTER TABLE `s``1`.`t` ADD CONSTRAINT `n``` FOREIGN KEY (`x`, `y`) REFERENCES `d`.`t` (`p`, `q`) ON DELETE SET NULL',
    );
    expect(addForeignKeysStatement(at, { database: 'd', table: 't' }, [key], () => 'n')).toContain(
      'REFERENCES `s``1`.`t`',
    );
    expect(dropForeignKeysStatement(at, [])).toBeNull();
  });

  it("tell a definer's user from its host at the last @", () => {
    expect(quoteDefiner('a@b@%')).toBe('`a@b`@`%`');
    const trigger = {
      name: 'x',
      create: '',
      definer: 'u@h',
      sqlMode: '',
      timing: 'AFTER',
      event: 'DELETE',
      statement: 'SET @a = 1',
    } as const;
    expect(createTriggerStatement({ database: 'd', table: 't' }, 'n', trigger)).toBe(
      'CREATE DEFINER=`u`@`h` TRIGGER `d`.`n` AFTER DELETE ON `d`.`t` FOR EACH ROW SET @a = 1',
    );
  });

  it('take AUTO_INCREMENT out of the options only, not out of a comment', () => {
    const create =
      "CREATE TABLE `t` (\n  `a` int COMMENT ' AUTO_INCREMENT=7'\n) ENGINE=InnoDB AUTO_INCREMENT=7 DEFAULT CHARSET=utf8mb4";
    expect(withoutAutoIncrement(create, '7')).toBe(
      "CREATE TABLE `t` (\n  `a` int COMMENT ' AUTO_INCREMENT=7'\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
    );
  });
});
