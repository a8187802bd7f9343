import fc from 'fast-check';
import { expect, test } from 'vitest';
import { groupsOfTable, LargestGroups } from './largest-groups.ts';

test('of any groups in any order the largest are kept, largest first, and of equal ones as many as there is room for', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (sizes, most) => {
      const largest = new LargestGroups();
      for (const [at, rows] of sizes.entries()) {
        if (rows > 0 && largest.takes(rows)) largest.add([`0-1-${at}`, 0, 0, rows, 0, 'a', '4'], most);
      }
      const kept = largest.result(most).map(([, , , rows]) => rows);
      const wanted = sizes.filter((rows) => rows > 0).sort((a, b) => b - a);
      expect(kept).toEqual(wanted.slice(0, most));
    }),
  );
});

test('few tables are told of in hundreds of groups, and any number of them in a bounded index', () => {
  expect([1, 16, 32, 512, 20_000].map(groupsOfTable)).toEqual([512, 512, 256, 16, 16]);
});
