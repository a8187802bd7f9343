/** An instant seen in a time zone. Zones are IANA names; instants are Dates; nothing here knows "now". */

export interface ZoneFields {
  year: number;
  /** 1 to 12. */
  month: number;
  day: number;
  /** 0 is Sunday. */
  weekday: number;
  hour: number;
  minute: number;
  second: number;
  millisecond: number;
  /** East of UTC, in seconds: old zones had offsets that are no whole minutes. */
  offsetSeconds: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock and a calendar in `zone` show at `at`. Errors: RangeError for a zone this machine does not know. */
export function zoneFields(at: Date, zone: string): ZoneFields {
  const parts: Record<string, number> = {};
  for (const part of formatFor(zone).formatToParts(at)) {
    if (part.type !== 'literal') parts[part.type] = Number(part.value);
  }
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const millisecond = ((at.getTime() % 1000) + 1000) % 1000;
  const wall = new Date(0);
  // Not Date.UTC: it takes the years 0 to 99 for 1900 to 1999.
  wall.setUTCFullYear(year, month - 1, day);
  wall.setUTCHours(hour, minute, second, millisecond);
  const offsetSeconds = Math.round((wall.getTime() - at.getTime()) / 1000);
  return { year, month, day, weekday: wall.getUTCDay(), hour, minute, second, millisecond, offsetSeconds };
}

/** `"+01:00"`, `"−05:00"`; seconds only where a zone has them. */
export function offsetText(offsetSeconds: number): string {
  const rest = Math.abs(offsetSeconds);
  const pad = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const seconds = rest % 60 === 0 ? '' : `:${pad(rest % 60)}`;
  return `${offsetSeconds < 0 ? '−' : '+'}${pad(rest / 3600)}:${pad((rest % 3600) / 60)}${seconds}`;
}

/** `"Europe/Berlin"` → `"Berlin"`, `"America/New_York"` → `"New York"`, any name of UTC → `"UTC"`. */
export function zoneCity(zone: string): string {
  if (/^(Etc\/)?(UTC|UCT|Universal|Zulu|GMT|Greenwich|GMT[+-]?0)$/.test(zone)) return 'UTC';
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

/** `"Berlin (+01:00)"` as it holds at `at`; UTC needs no offset. */
export function zoneLabel(at: Date, zone: string): string {
  const city = zoneCity(zone);
  return city === 'UTC' ? city : `${city} (${offsetText(zoneFields(at, zone).offsetSeconds)})`;
}

/** Whether the clock in `zone` shows this time twice: the hour that comes back when summer time ends. */
export function isShownTwice(at: Date, zone: string): boolean {
  const offset = (time: number) => zoneFields(new Date(time), zone).offsetSeconds;
  const time = at.getTime();
  // Within three hours on either side lies every clock change that could repeat this minute.
  const shift = offset(time - 3 * 3_600_000) - offset(time + 3 * 3_600_000);
  if (shift <= 0) return false;
  const here = offset(time);
  return offset(time + shift * 1000) === here - shift || offset(time - shift * 1000) === here + shift;
}

function formatFor(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(zone, format);
  }
  return format;
}
