import { expect, test } from 'vitest';
import { instantForTyping, readTypedInstant, type TypedInstant, typedProblem } from './typed-instant.ts';

const berlin = 'Europe/Berlin';
const now = new Date('2026-11-20T08:13:48Z');
const read = (text: string, zone = berlin) => readTypedInstant(text, zone, now);
const iso = (typed: TypedInstant) =>
  Object.fromEntries(
    Object.entries(typed).map(([name, value]) => [name, value instanceof Date ? value.toISOString() : value]),
  );
const one = (at: string) => ({ kind: 'one', at });

test('a time without an offset is one of the zone that is shown', () => {
  expect(iso(read('2026-11-20 02:41:07.318'))).toEqual(one('2026-11-20T01:41:07.318Z'));
  expect(iso(read('2026-11-20 2:41', 'UTC'))).toEqual(one('2026-11-20T02:41:00.000Z'));
  expect(iso(read('2:41:07'))).toEqual(one('2026-11-20T01:41:07.000Z'));
  expect(iso(read('yesterday 23:59'))).toEqual(one('2026-11-19T22:59:00.000Z'));
  // Of the zone's own day, which began nine hours before that of UTC.
  expect(iso(readTypedInstant('01:00', 'Asia/Tokyo', new Date('2026-11-20T16:00:00Z')))).toEqual(
    one('2026-11-20T16:00:00.000Z'),
  );
});

test('an offset of its own goes before the zone', () => {
  expect(iso(read('2026-11-20T02:41:07.318999-05:00'))).toEqual(one('2026-11-20T07:41:07.318Z'));
  expect(iso(read('2026-11-20 02:41 Z'))).toEqual(one('2026-11-20T02:41:00.000Z'));
});

test('the hour that comes back when summer time ends is asked about', () => {
  const twice = read('2026-10-25 02:30');
  expect(iso(twice)).toEqual({ kind: 'twice', first: '2026-10-25T00:30:00.000Z', second: '2026-10-25T01:30:00.000Z' });
  expect(typedProblem(twice, berlin)).toBe('The clock in Berlin showed this time twice. Which of the two?');
  expect(read('2026-10-25 02:30', 'UTC').kind).toBe('one');
});

test('the hour that is left out when summer time begins is said to be none', () => {
  const skipped = read('2026-03-29 02:30');
  expect(iso(skipped)).toEqual({
    kind: 'skipped',
    before: '2026-03-29T00:59:59.999Z',
    after: '2026-03-29T01:00:00.000Z',
  });
  expect(typedProblem(skipped, berlin)).toContain(
    '01:59:59.999 Berlin (+01:00) to Sun 29 Mar 2026, 03:00:00.000 Berlin (+02:00)',
  );
  // Half an hour, on Lord Howe Island.
  expect(read('2026-10-04 02:15', 'Australia/Lord_Howe')).toMatchObject({ kind: 'skipped' });
});

test('what is no time is none, and a day that is not in the calendar is not another one', () => {
  for (const text of ['', 'x', '25:00', '12:60', '2026-02-30 10:00', '2026-13-01 10:00', '2026-02-30T10:00:00Z']) {
    expect(read(text).kind, text).toBe('unreadable');
  }
});

test('what is offered for changing is read as the same instant', () => {
  for (const at of ['2026-11-20T01:41:07.318Z', '2026-07-01T00:00:00.000Z', '2026-10-25T01:30:00.000Z']) {
    expect(iso(read(instantForTyping(new Date(at), berlin)))).toEqual(one(at));
  }
});
