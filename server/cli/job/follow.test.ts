import { expect, it } from 'vitest';
import { pollMsAfter } from './follow.ts';

it('a short job is looked at often, a long one once a second', () => {
  expect([0, 1_000, 6_000, 10_000, 20_000, 3_600_000].map(pollMsAfter)).toEqual([300, 300, 300, 500, 1_000, 1_000]);
});
