import { deflateRawSync, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { big, bytes, lenenc, prefixed, type ValueForms } from './form-bytes-fixture.ts';

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

/** Text, bytes and what is logged as if it were text: members, addresses. */
// biome-ignore lint/suspicious/noExplicitAny: each entry is of its own value type, which only itself uses
export const stringForms: readonly ValueForms<any>[] = [
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
