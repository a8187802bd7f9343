import { isShownTwice, offsetText, type ZoneFields, zoneFields, zoneLabel } from './zone-fields.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/**
 * `full` "Fri 20 Nov 2026, 02:41:07.318 Berlin (+01:00)", always with year and zone; `second` "20 Nov 09:18:41";
 * `minute` "20 Nov 01:04"; `day` "Fri 20 Nov"; `clock` "09:18:41".
 */
export type InstantStyle = 'full' | 'second' | 'minute' | 'day' | 'clock';

export interface InstantOptions {
  zone: string;
  style?: InstantStyle;
  /** The year is left out when it is this instant's; without it the year is always written. */
  now?: Date;
  /** Writes the zone behind the short styles too. */
  named?: boolean;
}

/**
 * An instant in words. A time the zone's clock shows twice carries its offset even in the short styles, so no two
 * instants ever read the same by accident of summer time. An invalid date: `"–"`.
 */
export function formatInstant(
  at: Date,
  { zone, style = 'full', now, named = style === 'full' }: InstantOptions,
): string {
  if (Number.isNaN(at.getTime())) return '–';
  const fields = zoneFields(at, zone);
  const withYear = style === 'full' || now === undefined || zoneFields(now, zone).year !== fields.year;
  const words = wordsFor(fields, style, withYear);
  if (named) return `${words} ${zoneLabel(at, zone)}`;
  const twice = style !== 'day' && isShownTwice(at, zone);
  return twice ? `${words} (${offsetText(fields.offsetSeconds)})` : words;
}

/**
 * `"19 Nov 20:05 – 20:44"`, `"10 Nov 17:30 – 12 Nov 09:02"`; `clock` gives `"02:20–03:00"` on one day. When the
 * offset changes within the range both ends carry theirs.
 */
export function formatRange(
  from: Date,
  to: Date,
  { zone, style = 'minute', now, named = false }: InstantOptions & { style?: 'second' | 'minute' | 'clock' },
): string {
  if (Number.isNaN(from.getTime()) || Number.isNaN(to.getTime())) return '–';
  const [start, end] = [zoneFields(from, zone), zoneFields(to, zone)];
  const moved = start.offsetSeconds !== end.offsetSeconds;
  const sameDay = start.year === end.year && start.month === end.month && start.day === end.day;
  const thisYear = now === undefined ? undefined : zoneFields(now, zone).year;
  const withYear = start.year !== end.year || start.year !== thisYear;
  const tail = (fields: ZoneFields) => (moved ? ` (${offsetText(fields.offsetSeconds)})` : '');
  const clockOnly = style === 'clock' && sameDay;
  const dated = style === 'clock' ? 'second' : style;
  const left = clockOnly ? minutes(start) : wordsFor(start, dated, withYear && (!sameDay || thisYear !== start.year));
  const right = clockOnly ? minutes(end) : sameDay ? clockOf(end, dated) : wordsFor(end, dated, withYear);
  const dash = clockOnly && !moved ? '–' : ' – ';
  const words = `${left}${tail(start)}${dash}${right}${tail(end)}`;
  return named && !moved ? `${words} ${zoneLabel(from, zone)}` : words;
}

function wordsFor(fields: ZoneFields, style: InstantStyle, withYear: boolean): string {
  const date = `${fields.day} ${months[fields.month - 1]}${withYear ? ` ${fields.year}` : ''}`;
  switch (style) {
    case 'full':
      return `${days[fields.weekday]} ${date}, ${clockOf(fields, 'second')}.${String(fields.millisecond).padStart(3, '0')}`;
    case 'day':
      return `${days[fields.weekday]} ${date}`;
    case 'clock':
      return clockOf(fields, 'second');
    default:
      return `${date} ${clockOf(fields, style)}`;
  }
}

function clockOf(fields: ZoneFields, precision: 'second' | 'minute'): string {
  return precision === 'minute' ? minutes(fields) : `${minutes(fields)}:${pad(fields.second)}`;
}

function minutes(fields: ZoneFields): string {
  return `${pad(fields.hour)}:${pad(fields.minute)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
