import { expect, test } from 'vitest';
import { axisOf, coverageSpans, fittingSpan, placeOn, spanOn, ticksOf } from './coverage-axis.ts';

const now = Date.parse('2026-11-20T10:30:00Z');
const ago = (ms: number) => new Date(now - ms).toISOString();
const hour = 3_600_000;

test('the shortest span is taken that shows all that is recoverable', () => {
  expect(fittingSpan([], now)).toBe('1h');
  expect(fittingSpan([{ from: ago(20 * 60_000) }], now)).toBe('1h');
  expect(fittingSpan([{ from: ago(25 * hour) }, { from: ago(hour) }], now)).toBe('7d');
  expect(fittingSpan([{ from: ago(2_000 * 24 * hour) }], now)).toBe('90d');
});

test('spans of time are cut to what is in sight', () => {
  const axis = { fromMs: now - 100, toMs: now };
  expect(spanOn(axis, ago(50), ago(25))).toEqual({ left: 50, width: 25 });
  expect(spanOn(axis, ago(500), ago(75))).toEqual({ left: 0, width: 25 });
  expect(spanOn(axis, ago(500), ago(200))).toBeNull();
  expect(spanOn(axis, ago(50), ago(50))).toEqual({ left: 50, width: 0 });
  expect(placeOn(axisOf('1h', now), now)).toBeLessThan(100);
});

test('ticks are whole hours and days of the zone, at most nine, and ascend', () => {
  const words = (key: Parameters<typeof axisOf>[0], zone: string) => ticksOf(axisOf(key, now), zone);
  expect(words('1d', 'UTC').map(({ words }) => words)).toEqual([
    '12:00',
    '16:00',
    '20:00',
    'Fri 20 Nov',
    '04:00',
    '08:00',
  ]);
  expect(words('1d', 'America/New_York').map(({ words }) => words)).toContain('Fri 20 Nov');
  expect(words('1d', 'UTC').filter(({ day }) => day)).toHaveLength(1);
  for (const { key } of coverageSpans) {
    for (const zone of ['UTC', 'Asia/Kathmandu', 'Europe/Berlin', 'America/St_Johns']) {
      const places = words(key, zone).map(({ place }) => place);
      expect(places.length).toBeGreaterThan(2);
      expect(places.length).toBeLessThanOrEqual(9);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
  }
});

test('days stay days where the clock was changed in between', () => {
  // Summer time ended on 25 October 2026 in Berlin.
  const autumn = ticksOf(axisOf('7d', Date.parse('2026-10-28T10:00:00Z')), 'Europe/Berlin');
  expect(autumn.map(({ words }) => words)).toEqual([
    'Thu 22 Oct',
    'Fri 23 Oct',
    'Sat 24 Oct',
    'Sun 25 Oct',
    'Mon 26 Oct',
    'Tue 27 Oct',
    'Wed 28 Oct',
  ]);
  // It began on 29 March.
  const spring = ticksOf(axisOf('7d', Date.parse('2026-04-01T10:00:00Z')), 'Europe/Berlin');
  expect(spring.map(({ words }) => words)).toContain('Sun 29 Mar');
  expect(new Set(spring.map(({ words }) => words)).size).toBe(7);
});
