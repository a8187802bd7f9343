import { formatInstant } from '#components/format/instant-text.ts';
import { isShownTwice, zoneCity, zoneFields } from '#components/format/zone-fields.ts';

/** What somebody meant by a time. Two instants where the clock of the zone showed it twice; none where it skipped it. */
export type TypedInstant =
  | { kind: 'one'; at: Date }
  | { kind: 'twice'; first: Date; second: Date }
  /** The last instant before the clock was put forward, and the first one after. */
  | { kind: 'skipped'; before: Date; after: Date }
  | { kind: 'unreadable' };

const withOffset = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)$/i;
const dated = /^(\d{4})-(\d\d?)-(\d\d?)[T ,]\s*(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const daily = /^(?:(today|yesterday)[ ,]\s*)?(\d\d?):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/i;

/**
 * Reads `2026-11-20T02:41:07.318+01:00` (an offset of its own), `2026-11-20 02:41:07.318`, `02:41` (today) and
 * `yesterday 02:41:07`, the last three by the clock of `zone`. Parts of a millisecond are left out.
 */
export function readTypedInstant(text: string, zone: string, now: Date): TypedInstant {
  const typed = text.trim().replace('−', '-');
  if (withOffset.test(typed)) return readWithOffset(typed);
  const onDay = dated.exec(typed);
  if (onDay) {
    const [, year, month, day, ...clock] = onDay;
    return byClock([Number(year), Number(month), Number(day)], clock, zone);
  }
  const [, word, ...clock] = daily.exec(typed) ?? [];
  if (clock.length === 0) return { kind: 'unreadable' };
  const today = zoneFields(now, zone);
  const back = word?.toLowerCase() === 'yesterday' ? 1 : 0;
  const noon = new Date(Date.UTC(today.year, today.month - 1, today.day - back, 12));
  return byClock([noon.getUTCFullYear(), noon.getUTCMonth() + 1, noon.getUTCDate()], clock, zone);
}

function readWithOffset(text: string): TypedInstant {
  const [, year, month, day, hour, minute, second = '00', part = '', offset = 'Z'] = withOffset.exec(text)!;
  const zone = /^z$/i.test(offset) ? 'Z' : offset.replace(/(\d\d):?(\d\d)$/, '$1:$2');
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${millisecondsOf(part)}${zone}`);
  return Number.isNaN(at.getTime()) || Number(day) > daysOf(Number(year), Number(month))
    ? { kind: 'unreadable' }
    : { kind: 'one', at };
}

const millisecondsOf = (part: string | undefined) => (part ?? '').slice(0, 3).padEnd(3, '0');
const daysOf = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

function byClock(
  [year, month, day]: readonly [number, number, number],
  [hours, minutes, seconds, part]: readonly (string | undefined)[],
  zone: string,
): TypedInstant {
  const [hour, minute, second] = [Number(hours), Number(minutes), Number(seconds ?? 0)];
  const fits = month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month);
  if (!fits || hour > 23 || minute > 59 || second > 59) return { kind: 'unreadable' };
  const wall = Date.UTC(year, month - 1, day, hour, minute, second, Number(millisecondsOf(part)));
  const offsetAt = (ms: number) => zoneFields(new Date(ms), zone).offsetSeconds * 1000;
  // Every offset that the zone has around then is one by which the time may have been shown.
  const offsets = [...new Set([offsetAt(wall - 86_400_000), offsetAt(wall + 86_400_000), offsetAt(wall)])];
  const found = [...new Set(offsets.map((offset) => wall - offset).filter((ms) => ms + offsetAt(ms) === wall))];
  found.sort((a, b) => a - b);
  if (found.length > 1) return { kind: 'twice', first: new Date(found[0]!), second: new Date(found[1]!) };
  if (found.length === 1) return { kind: 'one', at: new Date(found[0]!) };
  const after = changeBetween(wall - Math.max(...offsets), wall - Math.min(...offsets), offsetAt);
  return { kind: 'skipped', before: new Date(after - 1), after: new Date(after) };
}

/** The first millisecond of the new offset. */
function changeBetween(from: number, to: number, offsetAt: (ms: number) => number): number {
  let [low, high] = [from - 1, to + 1];
  const old = offsetAt(low);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === old) low = middle;
    else high = middle;
  }
  return high;
}

/**
 * The form in which a time is offered for changing: by the clock of the zone, as `readTypedInstant` reads it again; one
 * that the clock shows twice with its offset.
 */
export function instantForTyping(at: Date, zone: string): string {
  if (isShownTwice(at, zone)) return at.toISOString();
  const { year, month, day, hour, minute, second, millisecond } = zoneFields(at, zone);
  const two = (value: number) => String(value).padStart(2, '0');
  const part = millisecond === 0 ? '' : `.${String(millisecond).padStart(3, '0')}`;
  return `${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}${part}`;
}

/** Why what was typed is no instant, or not one; null: it is one. */
export function typedProblem(typed: TypedInstant, zone: string): string | null {
  const words = (at: Date) => formatInstant(at, { zone, style: 'full' });
  if (typed.kind === 'one') return null;
  if (typed.kind === 'unreadable')
    return 'Write it as 2026-11-20 02:41:07.318, or with its offset, as 2026-11-20T02:41:07Z.';
  if (typed.kind === 'twice') {
    return `The clock in ${zoneCity(zone)} showed this time twice. Which of the two?`;
  }
  return `This time was never shown: the clock went from ${words(typed.before)} to ${words(typed.after)}.`;
}
