import fc from 'fast-check';
import { big, bytes, lenenc, little, unsigned, type ValueForms } from './form-bytes-fixture.ts';
import { stringForms } from './string-forms-fixture.ts';
import { timeForms } from './time-forms-fixture.ts';

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

const floats = (width: 4 | 8) => ({
  values: fc
    .uint8Array({ minLength: width, maxLength: width })
    .map((list) => Buffer.from(list))
    .filter((value) => Number.isFinite(width === 4 ? value.readFloatLE() : value.readDoubleLE())),
  logged: (value: Buffer) => value,
  result: (value: Buffer) => value,
});

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
  ...timeForms,
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
  ...stringForms,
];
