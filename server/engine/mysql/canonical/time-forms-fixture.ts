import fc from 'fast-check';
import { big, lenenc, little, type ValueForms } from './form-bytes-fixture.ts';

interface Moment {
  date: [year: number, month: number, day: number];
  clock: [hour: number, minute: number, second: number];
  micros: number;
}

const fields = (...list: [value: number, width: number][]) =>
  Buffer.concat(list.map(([value, width]) => little(BigInt(value), width)));

function momentResult({ date, clock, micros }: Moment): Buffer {
  const [y, m, d] = date;
  const day = fields([y, 2], [m, 1], [d, 1]);
  const time = fields([clock[0], 1], [clock[1], 1], [clock[2], 1]);
  if (micros > 0) return lenenc(Buffer.concat([day, time, fields([micros, 4])]));
  if (clock.some(Boolean)) return lenenc(Buffer.concat([day, time]));
  return lenenc(date.some(Boolean) ? day : Buffer.alloc(0));
}

/** Microseconds that a column with so many digits can hold. */
const fraction = (digits: number) =>
  fc.integer({ min: 0, max: 10 ** digits - 1 }).map((part) => part * 10 ** (6 - digits));
const fractionBytes = (micros: number, digits: number) => {
  const width = Math.ceil(digits / 2);
  return big(BigInt(micros / 10 ** (6 - width * 2)), width);
};
const date = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 31 })),
  fc.constant<[number, number, number]>([0, 0, 0]),
);
const clock = fc.oneof(
  fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.integer({ min: 0, max: 59 })),
  fc.constant<[number, number, number]>([0, 0, 0]),
);

function datetime(digits: number, old: boolean): ValueForms<Moment> {
  const oldBytes = [8, 6, 6, 7, 7, 7, 8][digits]!;
  return {
    declared: `datetime${digits ? `(${digits})` : ''}${old ? ' /* mariadb-5.3 */' : ''}`,
    wire: [12, 0, 63],
    mapped: old ? [12] : [18, digits],
    values: fc.record({ date, clock, micros: fraction(digits) }),
    logged: ({ date: [y, mo, d], clock: [h, mi, s], micros }) => {
      if (old && digits === 0) {
        const text = [y, mo, d, h, mi, s].map((part, n) => String(part).padStart(n ? 2 : 4, '0')).join('');
        return little(BigInt(text), 8);
      }
      if (old) {
        const days = (BigInt(y) * 13n + BigInt(mo)) * 32n + BigInt(d);
        const seconds = ((days * 24n + BigInt(h)) * 60n + BigInt(mi)) * 60n + BigInt(s);
        return big((seconds * 1_000_000n + BigInt(micros)) / 10n ** BigInt(6 - digits), oldBytes);
      }
      const bits = [
        [1, 1],
        [y * 13 + mo, 17],
        [d, 5],
        [h, 5],
        [mi, 6],
        [s, 6],
      ] as const;
      const text = bits.map(([value, width]) => value.toString(2).padStart(width, '0')).join('');
      return Buffer.concat([big(BigInt(`0b${text}`), 5), fractionBytes(micros, digits)]);
    },
    result: momentResult,
  };
}

function timestamp(digits: number, old: boolean): ValueForms<{ seconds: number; micros: number }> {
  return {
    declared: `timestamp${digits ? `(${digits})` : ''}${old ? ' /* mariadb-5.3 */' : ''}`,
    wire: [7, 0, 63],
    mapped: old ? [7] : [17, digits],
    values: fc.oneof(
      fc.record({ seconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }), micros: fraction(digits) }),
      fc.constant({ seconds: 0, micros: 0 }),
    ),
    logged: ({ seconds, micros }) => {
      if (!old) return Buffer.concat([big(BigInt(seconds), 4), fractionBytes(micros, digits)]);
      if (digits === 0) return little(BigInt(seconds), 4);
      const part = big(BigInt(micros / 10 ** (6 - digits)), [0, 1, 1, 2, 2, 3, 3][digits]!);
      return Buffer.concat([big(BigInt(seconds), 4), part]);
    },
    result: ({ seconds, micros }) => {
      if (seconds === 0) return momentResult({ date: [0, 0, 0], clock: [0, 0, 0], micros: 0 });
      const at = new Date(seconds * 1000);
      return momentResult({
        date: [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate()],
        clock: [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()],
        micros,
      });
    },
  };
}

interface Span {
  negative: boolean;
  hours: number;
  minutes: number;
  seconds: number;
  micros: number;
}

function time(digits: number, old: boolean): ValueForms<Span> {
  const oldBytes = [3, 4, 4, 5, 5, 5, 6][digits]!;
  return {
    declared: `time${digits ? `(${digits})` : ''}${old ? ' /* mariadb-5.3 */' : ''}`,
    wire: [11, 0, 63],
    mapped: old ? [11] : [19, digits],
    values: fc
      .record({
        negative: fc.boolean(),
        hours: fc.oneof(fc.integer({ min: 0, max: 838 }), fc.constant(0)),
        minutes: fc.oneof(fc.integer({ min: 0, max: 59 }), fc.constant(0)),
        seconds: fc.oneof(fc.integer({ min: 0, max: 59 }), fc.constant(0)),
        micros: fraction(digits),
      })
      .map((span) => ({
        ...span,
        negative: span.negative && Boolean(span.hours || span.minutes || span.seconds || span.micros),
      })),
    logged: ({ negative, hours, minutes, seconds, micros }) => {
      const sign = negative ? -1n : 1n;
      if (old && digits === 0) return little(sign * BigInt(hours * 10_000 + minutes * 100 + seconds), 3);
      if (old) {
        const unit = 10n ** BigInt(6 - digits);
        const all = BigInt((hours * 60 + minutes) * 60 + seconds) * 1_000_000n + BigInt(micros);
        return big((sign * all + 3_020_400n * 1_000_000n) / unit, oldBytes);
      }
      const width = Math.ceil(digits / 2);
      const part = BigInt(micros / 10 ** (6 - width * 2));
      const all = (BigInt((hours << 12) | (minutes << 6) | seconds) << BigInt(width * 8)) | part;
      return big(sign * all + (1n << BigInt(23 + width * 8)), 3 + width);
    },
    result: ({ negative, hours, minutes, seconds, micros }) => {
      const head = fields(
        [negative ? 1 : 0, 1],
        [Math.floor(hours / 24), 4],
        [hours % 24, 1],
        [minutes, 1],
        [seconds, 1],
      );
      if (micros > 0) return lenenc(Buffer.concat([head, fields([micros, 4])]));
      return lenenc(hours || minutes || seconds ? head : Buffer.alloc(0));
    },
  };
}

const digitsOfSeconds = [0, 1, 2, 3, 4, 5, 6];

/** Days and instants, in today's forms and in those of MariaDB 5.3. */
// biome-ignore lint/suspicious/noExplicitAny: each entry is of its own value type, which only itself uses
export const timeForms: readonly ValueForms<any>[] = [
  {
    declared: 'date',
    wire: [10, 0, 63],
    mapped: [10],
    values: date,
    logged: ([y, m, d]) => little(BigInt(y * 512 + m * 32 + d), 3),
    result: (value) => momentResult({ date: value, clock: [0, 0, 0], micros: 0 }),
  } satisfies ValueForms<[number, number, number]>,
  ...digitsOfSeconds.flatMap((digits) => [false, true].map((old) => datetime(digits, old))),
  ...digitsOfSeconds.flatMap((digits) => [false, true].map((old) => timestamp(digits, old))),
  ...digitsOfSeconds.flatMap((digits) => [false, true].map((old) => time(digits, old))),
];
