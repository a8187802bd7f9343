import { expect, test } from 'vitest';
import { formatInstant, formatRange } from '#components/format/instant-text.ts';
import { isShownTwice, offsetText, zoneCity, zoneFields, zoneLabel } from '#components/format/zone-fields.ts';

const berlin = 'Europe/Berlin';
const now = new Date('2026-11-20T08:18:41Z');
const culprit = new Date('2026-11-20T01:41:07.318Z');

test('a full instant carries weekday, year, milliseconds, zone and offset', () => {
  expect(formatInstant(culprit, { zone: berlin })).toBe('Fri 20 Nov 2026, 02:41:07.318 Berlin (+01:00)');
  expect(formatInstant(culprit, { zone: 'America/New_York' })).toBe('Thu 19 Nov 2026, 20:41:07.318 New York (−05:00)');
  expect(formatInstant(culprit, { zone: 'UTC' })).toBe('Fri 20 Nov 2026, 01:41:07.318 UTC');
});

test('short styles leave out only the year that is the current one', () => {
  expect(formatInstant(culprit, { zone: berlin, style: 'second', now })).toBe('20 Nov 02:41:07');
  expect(formatInstant(culprit, { zone: berlin, style: 'minute', now, named: true })).toBe(
    '20 Nov 02:41 Berlin (+01:00)',
  );
  expect(formatInstant(culprit, { zone: berlin, style: 'minute' })).toBe('20 Nov 2026 02:41');
  expect(formatInstant(new Date('2025-12-31T23:30:00Z'), { zone: 'UTC', style: 'minute', now })).toBe(
    '31 Dec 2025 23:30',
  );
  expect(formatInstant(new Date('2025-12-31T23:30:00Z'), { zone: berlin, style: 'minute', now })).toBe('1 Jan 00:30');
  expect(formatInstant(culprit, { zone: berlin, style: 'day', now })).toBe('Fri 20 Nov');
  expect(formatInstant(culprit, { zone: berlin, style: 'clock' })).toBe('02:41:07');
});

test('midnight is 00, never 24', () => {
  expect(formatInstant(new Date('2026-11-19T23:00:00Z'), { zone: berlin, style: 'minute', now })).toBe('20 Nov 00:00');
});

test('the hour that comes back when summer time ends carries its offset in every style', () => {
  const first = new Date('2026-10-25T00:30:00Z');
  const second = new Date('2026-10-25T01:30:00Z');
  expect(formatInstant(first, { zone: berlin, style: 'minute', now })).toBe('25 Oct 02:30 (+02:00)');
  expect(formatInstant(second, { zone: berlin, style: 'minute', now })).toBe('25 Oct 02:30 (+01:00)');
  const edges = ['2026-10-24T23:59:59Z', '2026-10-25T00:00:00Z', '2026-10-25T01:59:59Z', '2026-10-25T02:00:00Z'];
  expect(edges.map((edge) => isShownTwice(new Date(edge), berlin))).toEqual([false, true, true, false]);
});

test('the hour that is skipped when summer time begins is never shown', () => {
  expect(formatInstant(new Date('2026-03-29T00:59:59Z'), { zone: berlin, style: 'second', now })).toBe(
    '29 Mar 01:59:59',
  );
  expect(formatInstant(new Date('2026-03-29T01:00:00Z'), { zone: berlin, style: 'second', now })).toBe(
    '29 Mar 03:00:00',
  );
});

test('half-hour clock changes and half-hour offsets are told apart too', () => {
  const howe = 'Australia/Lord_Howe';
  expect(formatInstant(new Date('2026-04-04T14:45:00Z'), { zone: howe, style: 'minute', now })).toBe(
    '5 Apr 01:45 (+11:00)',
  );
  expect(formatInstant(new Date('2026-04-04T15:15:00Z'), { zone: howe, style: 'minute', now })).toBe(
    '5 Apr 01:45 (+10:30)',
  );
  expect(zoneLabel(culprit, 'Asia/Kolkata')).toMatch(/\(\+05:30\)$/);
});

test('instants before 1970 and offsets with seconds are exact', () => {
  const old = zoneFields(new Date('1880-01-01T00:00:00.250Z'), 'Europe/Amsterdam');
  expect(old.millisecond).toBe(250);
  expect(formatInstant(new Date(-1), { zone: 'UTC' })).toBe('Wed 31 Dec 1969, 23:59:59.999 UTC');
  expect(offsetText(-(5 * 3600 + 50 * 60 + 36))).toBe('−05:50:36');
});

test('zones are named by their city, and UTC by its name', () => {
  expect([berlin, 'America/New_York', 'America/Argentina/Buenos_Aires', 'Etc/UTC', 'UTC', 'GMT'].map(zoneCity)).toEqual(
    ['Berlin', 'New York', 'Buenos Aires', 'UTC', 'UTC', 'UTC'],
  );
});

test('a range names the day once when both ends lie on it', () => {
  const from = new Date('2026-11-19T19:05:00Z');
  expect(formatRange(from, new Date('2026-11-19T19:44:00Z'), { zone: berlin, now })).toBe('19 Nov 20:05 – 20:44');
  expect(formatRange(from, new Date('2026-11-20T08:02:00Z'), { zone: berlin, now })).toBe(
    '19 Nov 20:05 – 20 Nov 09:02',
  );
  expect(formatRange(from, new Date('2026-11-19T19:44:00Z'), { zone: berlin, now, style: 'clock' })).toBe(
    '20:05–20:44',
  );
  expect(formatRange(from, new Date('2027-01-02T08:02:00Z'), { zone: berlin, now })).toBe(
    '19 Nov 2026 20:05 – 2 Jan 2027 09:02',
  );
  expect(formatRange(from, new Date('2026-11-19T19:44:00Z'), { zone: berlin, now, named: true })).toBe(
    '19 Nov 20:05 – 20:44 Berlin (+01:00)',
  );
});

test('a range across a clock change carries both offsets', () => {
  const words = formatRange(new Date('2026-10-25T00:30:00Z'), new Date('2026-10-25T01:30:00Z'), { zone: berlin, now });
  expect(words).toBe('25 Oct 02:30 (+02:00) – 02:30 (+01:00)');
});

test('an invalid date is a dash, never a crash', () => {
  const broken = new Date('yesterday');
  expect(formatInstant(broken, { zone: 'UTC' })).toBe('–');
  expect(formatRange(broken, now, { zone: 'UTC' })).toBe('–');
});
