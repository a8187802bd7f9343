import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstReaching } from './seal-facts.ts';

test('the first part that reaches an instant is found with few reads, and none that may reach it is passed over', async () => {
  const parts = fc.array(fc.record({ grows: fc.nat(20), readable: fc.boolean() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(parts, fc.nat(2_000), async (made, ms) => {
      let end = 0;
      const ends = made.map(({ grows }) => (end += grows));
      let reads = 0;
      const found = await firstReaching(made.length, ms, async (at) => {
        reads++;
        return made[at]!.readable ? ends[at]! : null;
      });
      const first = ends.findIndex((one) => one >= ms);
      const wanted = first < 0 ? made.length : first;
      expect(found).toBeLessThanOrEqual(wanted);
      // What cannot tell is not passed over; what can, and ends before, is.
      expect(made.slice(found, wanted).some(({ readable }) => readable)).toBe(false);
      if (made.every(({ readable }) => readable)) expect(reads).toBeLessThanOrEqual(9);
    }),
  );
});
