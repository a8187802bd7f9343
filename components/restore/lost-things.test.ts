import { expect, test } from 'vitest';
import { lostThings } from '#components/restore/lost-things.ts';

test('the same loss of many tables is said once, with all of them, and nothing is left unsaid', () => {
  const tables = [
    { source: 'a', willNotComeBack: ['grants of app'] },
    { source: 'b', willNotComeBack: ['trigger t1', 'grants of app'] },
  ];
  expect(lostThings(tables)).toEqual([
    { what: 'grants of app', tables: ['a', 'b'] },
    { what: 'trigger t1', tables: ['b'] },
  ]);
});
