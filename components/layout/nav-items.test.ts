import { expect, test } from 'vitest';
import { isCurrent } from '#components/layout/nav-items.ts';

test('a room is current on its own page and below, not on one that begins alike', () => {
  expect(isCurrent('/jobs', '/jobs')).toBe(true);
  expect(isCurrent('/jobs/r-2107', '/jobs')).toBe(true);
  expect(isCurrent('/jobs-old', '/jobs')).toBe(false);
  expect(isCurrent('/', '/jobs')).toBe(false);
});
