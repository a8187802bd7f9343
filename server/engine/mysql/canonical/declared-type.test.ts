import { expect, test } from 'vitest';
import { parseDeclaredType } from './declared-type.ts';

const parsed = (text: string) => {
  const { name, numbers, members, attributes } = parseDeclaredType(text);
  return [name, numbers, members, [...attributes]];
};

test('types are taken apart as the catalog spells them', () => {
  expect(parsed('int(11)')).toEqual(['int', [11], [], []]);
  expect(parsed('BIGINT(20) UNSIGNED zerofill')).toEqual(['bigint', [20], [], ['unsigned', 'zerofill']]);
  expect(parsed('decimal(65,30)')).toEqual(['decimal', [65, 30], [], []]);
  expect(parsed('uuid')).toEqual(['uuid', [], [], []]);
  expect(parsed('datetime(6) /* mariadb-5.3 */')).toEqual(['datetime', [6], [], ['mariadb-5.3']]);
  expect(parsed('varchar(2000) /*M!100301 COMPRESSED*/')).toEqual(['varchar', [2000], [], ['compressed']]);
  expect(parsed('timestamp(6) GENERATED ALWAYS AS ROW START')).toEqual([
    'timestamp',
    [6],
    [],
    ['generated', 'always', 'as', 'row', 'start'],
  ]);
});

test('members keep what looks like syntax', () => {
  expect(parsed("enum('it''s','a,b',')','','x'' y')")[2]).toEqual(["it's", 'a,b', ')', '', "x' y"]);
  expect(parsed("set('back\\\\slash','new\\nline','nul\\0','cr\\r','tab\t')")[2]).toEqual([
    'back\\slash',
    'new\nline',
    'nul\0',
    'cr\r',
    'tab\t',
  ]);
  expect(parsed("enum('中','é') CHARACTER SET latin1")).toEqual([
    'enum',
    [],
    ['中', 'é'],
    ['character', 'set', 'latin1'],
  ]);
});

test('what is spelled otherwise is refused with its place', () => {
  for (const text of [
    '',
    '(1)',
    "enum('a",
    "enum('a'",
    'int(x)',
    'int(1',
    'int /* never ends',
    "enum('a\\q')",
    'int(1) ;',
  ]) {
    expect(() => parseDeclaredType(text), text).toThrow(expect.objectContaining({ code: 'table/unsupported' }));
  }
});
