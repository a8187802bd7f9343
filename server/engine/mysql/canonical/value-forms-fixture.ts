import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';

/**
 * For tests: how a server writes values into its log and into results, written anew from their descriptions with other
 * means than the code that reads them (big integers, text, the platform's calendar).
 */
export interface ValueForms<T> {
  readonly declared: string;
  /** Type, flags and collation of the column in results. */
  readonly wire: readonly [type: number, flags: number, collation: number];
  /** Type and metadata in table maps. */
  readonly mapped: readonly [type: number, ...metadata: number[]];
  readonly values: fc.Arbitrary<T>;
  readonly logged: (value: T) => Buffer;
  readonly result: (value: T) => Buffer;
}

const unsigned = 0x20;
const bytes = (...list: number[]) => Buffer.from(list);
/** `width` bytes, two's complement. */
const little = (value: bigint, width: number) => Buffer.from(big(value, width)).reverse();
const big = (value: bigint, width: number) =>
  Buffer.from(
    BigInt.asUintN(width * 8, value)
      .toString(16)
      .padStart(width * 2, '0'),
    'hex',
  );
const lenenc = (value: Buffer) => {
  const { length } = value;
  const head = length < 251 ? bytes(length) : length < 65536 ? bytes(252, length % 256, length >> 8) : undefined;
  if (!head) return Buffer.concat([bytes(253), little(BigInt(length), 3), value]);
  return Buffer.concat([head, value]);
};
const prefixed = (width: number) => (value: Buffer) => Buffer.concat([little(BigInt(value.length), width), value]);

function integer(declared: string, type: number, bits: number, wireBytes: number, flags = 0): ValueForms<bigint> {
  const [min, max] =
    flags & unsigned ? [0n, 2n ** BigInt(bits) - 1n] : [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n];
  return {
    declared,
    wire: [type, flags, 63],
    mapped: [type],
    values: fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n)),
    logged: (value) => little(value, bits / 8),
    result: (value) => little(value, wireBytes),
  };
}

function decimal(precision: number, scale: number, zerofill = false): ValueForms<string> {
  const whole = precision - scale;
  const digit = fc.constantFrom('0', '1', '5', '9');
  const digits = (count: number) =>
    fc.array(digit, { minLength: count, maxLength: count }).map((list) => list.join(''));
  const limbs = (text: string) => {
    const width = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4][text.length]!;
    return big(BigInt(text || '0'), width);
  };
  return {
    declared: `decimal(${precision},${scale})${zerofill ? ' unsigned zerofill' : ''}`,
    wire: [246, zerofill ? unsigned : 0, 63],
    mapped: [246, precision, scale],
    // -0 is no value a server keeps.
    values: fc
      .tuple(zerofill ? fc.constant('') : fc.constantFrom('', '-'), digits(whole), digits(scale))
      .map(([sign, left, right]) => `${/[1-9]/.test(left + right) ? sign : ''}${left}.${right}`),
    logged: (value) => {
      const negative = value.startsWith('-');
      const [left = '', right = ''] = value.replace('-', '').split('.');
      const head = left.length % 9;
      const parts = [limbs(left.slice(0, head))];
      for (let at = head; at < left.length; at += 9) parts.push(limbs(left.slice(at, at + 9)));
      for (let at = 0; at < right.length; at += 9) parts.push(limbs(right.slice(at, at + 9)));
      const all = Buffer.concat(parts);
      const flipped = negative ? all.map((byte) => ~byte & 0xff) : all;
      flipped[0]! ^= 0x80;
      return Buffer.from(flipped);
    },
    result: (value) => {
      const [left = '', right = ''] = value.replace('-', '').split('.');
      const shown = zerofill ? left || '0' : left.replace(/^0+(?=\d)/, '') || '0';
      const sign = value.startsWith('-') ? '-' : '';
      return lenenc(Buffer.from(`${sign}${shown}${right ? `.${right}` : ''}`));
    },
  };
}

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

function string(
  declared: string,
  wire: number,
  mapped: ValueForms<Buffer>['mapped'],
  width: number,
  maxLength: number,
): ValueForms<Buffer> {
  return {
    declared,
    wire: [wire, 0, 45],
    mapped,
    values: fc.uint8Array({ maxLength }).map((list) => Buffer.from(list)),
    logged: prefixed(width),
    result: lenenc,
  };
}

function compressed(
  declared: string,
  mapped: ValueForms<Buffer>['mapped'],
  width: number,
  wrapped: boolean,
): ValueForms<Buffer> {
  return {
    declared: `${declared} /*M!100301 COMPRESSED*/`,
    wire: [252, 0, 45],
    mapped,
    values: fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 3 })).map(([list, times]) => {
      return Buffer.concat(Array(times).fill(Buffer.from(list)));
    }),
    logged: (value) => {
      if (value.length === 0) return prefixed(width)(value);
      if (value.length < 100) return prefixed(width)(Buffer.concat([bytes(0), value]));
      const length = value.length < 256 ? 1 : 2;
      const head = bytes(0x80 | (wrapped ? 0 : 8) | length);
      const stream = wrapped ? deflateSync(value) : deflateRawSync(value);
      return prefixed(width)(Buffer.concat([head, big(BigInt(value.length), length), stream]));
    },
    result: lenenc,
  };
}

function trimmed(value: Buffer): Buffer {
  let end = value.length;
  while (end > 0 && value[end - 1] === 0) end--;
  return value.subarray(0, end);
}

/** Bytes with many zeros in them, some at the end. */
const sparse = (length: number) =>
  fc
    .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 255 })), { minLength: length, maxLength: length })
    .map((list) => Buffer.from(list));

const floats = (width: 4 | 8) => ({
  values: fc
    .uint8Array({ minLength: width, maxLength: width })
    .map((list) => Buffer.from(list))
    .filter((value) => Number.isFinite(width === 4 ? value.readFloatLE() : value.readDoubleLE())),
  logged: (value: Buffer) => value,
  result: (value: Buffer) => value,
});

function address(declared: string, length: number, text: (value: Buffer) => string): ValueForms<Buffer> {
  return {
    declared,
    wire: [254, 0, 45],
    mapped: [254, 254, length],
    values: sparse(length),
    logged: (value) => prefixed(1)(trimmed(value)),
    result: (value) => lenenc(Buffer.from(text(value))),
  };
}

/** Every way to write it, the best of them: fewest groups, then the gap furthest to the left. */
function inet6(value: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, n) => value.readUInt16BE(n * 2).toString(16));
  const dotted = `${value[12]}.${value[13]}.${value[14]}.${value[15]}`;
  const zeros = (from: number, to: number) => groups.slice(from, to).every((group) => group === '0');
  if (zeros(0, 6) && !zeros(0, 7)) return `::${dotted}`;
  if (zeros(0, 5) && groups[5] === 'ffff') return `::ffff:${dotted}`;
  for (let length = 8; length > 0; length--) {
    for (let from = 0; from + length <= 8; from++) {
      if (zeros(from, from + length))
        return `${groups.slice(0, from).join(':')}::${groups.slice(from + length).join(':')}`;
    }
  }
  return groups.join(':');
}

const members = ['a', "it's", 'a,b', 'ä', 'z'];
const quoted = members.map((member) => `'${member.replaceAll("'", "''")}'`).join(',');

const enumForms: ValueForms<number> = {
  declared: `enum(${quoted})`,
  wire: [254, 0x100, 45],
  mapped: [254, 247, 1],
  values: fc.integer({ min: 0, max: members.length }),
  logged: (value) => bytes(value),
  result: (value) => lenenc(Buffer.from(value === 0 ? '' : members[value - 1]!)),
};

const setForms: ValueForms<number> = {
  declared: "set('a','b','ä')",
  wire: [254, 0x800, 8], // latin1
  mapped: [254, 248, 1],
  values: fc.integer({ min: 0, max: 7 }),
  logged: (value) => bytes(value),
  result: (value) => lenenc(Buffer.from(['a', 'b', 'ä'].filter((_, n) => value & (1 << n)).join(','), 'latin1')),
};

const digitsOfSeconds = [0, 1, 2, 3, 4, 5, 6];

/** One for every type and form. */
// biome-ignore lint/suspicious/noExplicitAny: each entry is of its own value type, which only itself uses
export const valueForms: readonly ValueForms<any>[] = [
  integer('tinyint(4)', 1, 8, 1),
  integer('tinyint(3) unsigned', 1, 8, 1, unsigned),
  integer('smallint(6)', 2, 16, 2),
  integer('smallint(5) unsigned zerofill', 2, 16, 2, unsigned),
  integer('mediumint(9)', 9, 24, 4),
  integer('mediumint(8) unsigned', 9, 24, 4, unsigned),
  integer('int(11)', 3, 32, 4),
  integer('int unsigned', 3, 32, 4, unsigned),
  integer('bigint(20)', 8, 64, 8),
  integer('bigint(20) unsigned', 8, 64, 8, unsigned),
  { declared: 'float', wire: [4, 0, 63], mapped: [4, 4], ...floats(4) },
  { declared: 'double unsigned', wire: [5, 0, 63], mapped: [5, 8], ...floats(8) },
  decimal(65, 30),
  decimal(10, 0),
  decimal(2, 2),
  decimal(9, 9),
  decimal(38, 38),
  decimal(18, 9),
  decimal(1, 0),
  decimal(11, 1, true),
  decimal(3, 3, true),
  {
    declared: 'year(4)',
    wire: [13, unsigned, 63],
    mapped: [13],
    values: fc.oneof(fc.integer({ min: 1901, max: 2155 }), fc.constant(0)),
    logged: (value: number) => bytes(value === 0 ? 0 : value - 1900),
    result: (value: number) => little(BigInt(value), 2),
  } satisfies ValueForms<number>,
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
  {
    declared: 'bit(13)',
    wire: [16, unsigned, 63],
    mapped: [16, 5, 1],
    values: fc.integer({ min: 0, max: 2 ** 13 - 1 }),
    logged: (value: number) => big(BigInt(value), 2),
    result: (value: number) => lenenc(big(BigInt(value), 2)),
  } satisfies ValueForms<number>,
  {
    declared: 'bit(64)',
    wire: [16, unsigned, 63],
    mapped: [16, 0, 8],
    values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    logged: (value: bigint) => big(value, 8),
    result: (value: bigint) => lenenc(big(value, 8)),
  } satisfies ValueForms<bigint>,
  string('char(10)', 254, [254, 254, 40], 1, 40),
  string('char(255)', 254, [254, 254 ^ 0x30, 1020 & 0xff], 2, 300),
  string('varchar(20)', 253, [15, 80, 0], 1, 80),
  string('varchar(300)', 253, [15, 300 & 0xff, 300 >> 8], 2, 300),
  string('varbinary(300)', 253, [15, 300 & 0xff, 300 >> 8], 2, 300),
  string('tinytext', 252, [252, 1], 1, 255),
  string('text', 252, [252, 2], 2, 300),
  string('mediumblob', 252, [252, 3], 3, 300),
  string('longtext', 252, [252, 4], 4, 300),
  string('geometry', 255, [255, 4], 4, 300),
  {
    declared: 'binary(6)',
    wire: [254, 0, 63],
    mapped: [254, 254, 6],
    values: sparse(6),
    logged: (value: Buffer) => prefixed(1)(trimmed(value)),
    result: lenenc,
  } satisfies ValueForms<Buffer>,
  compressed('varchar(3000)', [141, 3001 & 0xff, 3001 >> 8], 2, false),
  compressed('longblob', [140, 4], 4, true),
  enumForms,
  setForms,
  address('inet4', 4, (value) => [...value].join('.')),
  address('inet6', 16, inet6),
  address('uuid', 16, (value) => value.toString('hex').replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')),
];
