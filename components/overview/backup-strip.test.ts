import { expect, test } from 'vitest';
import { pinPlaces } from '#components/overview/backup-strip.tsx';

const now = new Date('2026-11-20T12:00:00Z');
const before = (hours: number) => new Date(now.getTime() - hours * 3_600_000);

test('the newest backup lies at the right, half of the span in the middle, older ones outside', () => {
  expect(pinPlaces([before(0), before(7 * 24), before(15 * 24)], now)).toEqual([100, 50]);
});

test('backups of the same hour are one pin', () => {
  expect(pinPlaces([before(0), before(0.2), before(0.5)], now)).toEqual([100]);
});
