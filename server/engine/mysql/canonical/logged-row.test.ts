import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeLoggedColumn } from '../binlog/logged-column.ts';
import type { TableMapEvent } from '../binlog/table-map-event.ts';
import { BinaryRowWalker } from '../protocol/binary-row-walker.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { canonicalFormat } from './canonical-row.ts';
import { columnFacts } from './column-facts.ts';
import type { ValueForms } from './form-bytes-fixture.ts';
import { LoggedRow } from './logged-row.ts';
import { RowBuffer } from './row-buffer.ts';
import { RowKey } from './row-key.ts';
import { valueForms } from './value-forms-fixture.ts';

// biome-ignore lint/suspicious/noExplicitAny: see valueForms
type Forms = ValueForms<any>;

const everyBit = Buffer.alloc(16, 0xff);
const formsOf = (declared: string): Forms => valueForms.find((forms) => forms.declared === declared)!;
const [int, text] = [formsOf('int(11)'), formsOf('text')];

function rowOf(...forms: Forms[]): LoggedRow {
  const facts = forms.map(({ declared, wire: [type, flags, charset] }, n) =>
    columnFacts({ name: `c${n}`, type, flags, charset, decimals: 0, declared, generated: false }),
  );
  const columns = forms.map(({ mapped: [type, ...metadata] }) => {
    const reader = new ByteReader(Buffer.from(metadata), 'metadata');
    const column = decodeLoggedColumn(type, reader);
    reader.end();
    return column;
  });
  const map: TableMapEvent = {
    kind: 'tableMap',
    tableId: 1n,
    flags: 1,
    database: 'd',
    table: 't',
    columns,
    nullable: everyBit,
    optional: Buffer.alloc(0),
  };
  return new LoggedRow(facts, map);
}

/** null: NULL. */
function image(values: (Buffer | null)[]): Buffer {
  const bitmap = Buffer.alloc((values.length + 7) >> 3);
  for (const [n, value] of values.entries()) if (value === null) bitmap[n >> 3]! |= 1 << (n & 7);
  return Buffer.concat([bitmap, ...values.filter((value) => value !== null)]);
}

function result(values: (Buffer | null)[]): Buffer {
  const bitmap = Buffer.alloc((values.length + 9) >> 3);
  for (const [n, value] of values.entries()) if (value === null) bitmap[(n + 2) >> 3]! |= 1 << ((n + 2) & 7);
  return Buffer.concat([Buffer.from([0]), bitmap, ...values.filter((value) => value !== null)]);
}

test.each(valueForms.map((forms) => [forms.declared, forms] as const))(
  '%s: a logged value gives the bytes of the result, and only equal values give equal bytes',
  (_, forms) => {
    const row = rowOf(forms);
    const formOf = (value: unknown) => {
      const bytes = image([forms.logged(value)]);
      expect(row.read(bytes, 0, everyBit)).toBe(bytes.length);
      return row.payload.toString('hex');
    };
    fc.assert(
      fc.property(forms.values, forms.values, (one, other) => {
        const [first, second] = [formOf(one), formOf(other)];
        expect(first).toBe(result([forms.result(one)]).toString('hex'));
        expect(first === second).toBe(forms.logged(one).equals(forms.logged(other)));
      }),
      { numRuns: 100 },
    );
  },
);

test('a row of every type is the same from both sides, whatever is NULL', () => {
  const row = rowOf(...valueForms);
  const present = Buffer.alloc((valueForms.length + 7) >> 3, 0xff);
  const values = fc.tuple(...valueForms.map((forms) => fc.option(forms.values)));
  const walker = new BinaryRowWalker(valueForms.map(({ wire }) => wire[0]));
  fc.assert(
    fc.property(values, (list) => {
      const logged = image(list.map((value, n) => (value === null ? null : valueForms[n]!.logged(value))));
      expect(row.read(logged, 0, present)).toBe(logged.length);
      const expected = result(list.map((value, n) => (value === null ? null : valueForms[n]!.result(value))));
      expect(row.payload.equals(expected)).toBe(true);
      walker.walk(expected, 0, expected.length);
      expect([...row.fieldStart]).toEqual([...walker.fieldStart]);
    }),
    { numRuns: 100 },
  );
});

test('format 1 is these bytes', () => {
  const enumeration = valueForms.find((forms) => forms.declared.startsWith('enum'))!;
  const row = rowOf(int, text, formsOf('decimal(10,0)'), formsOf('datetime(6)'), formsOf('time'), text, enumeration);
  row.read(
    Buffer.from('20 feffffff 020061c3 7ffffffffe 99b8fe0a8a00000c 7e7fc0 02'.replaceAll(' ', ''), 'hex'),
    0,
    everyBit,
  );
  const expected = '00 8000 feffffff 0261c3 022d31 0b ea07 01 1f 00 2a 0a 0c000000 08 01 01000000 00 01 00 0469742773';
  expect(canonicalFormat).toBe(1);
  expect(row.payload.toString('hex')).toBe(expected.replaceAll(' ', ''));
});

test('an image cut anywhere is refused', () => {
  const row = rowOf(...valueForms);
  const present = Buffer.alloc((valueForms.length + 7) >> 3, 0xff);
  const [list] = fc.sample(fc.tuple(...valueForms.map(({ values }) => values)), { numRuns: 1, seed: 7 });
  const whole = image(list!.map((value, n) => valueForms[n]!.logged(value)));
  expect(row.read(whole, 0, present)).toBe(whole.length);
  for (let length = 0; length < whole.length; length++) {
    const cut = Buffer.from(whole.subarray(0, length));
    expect(() => row.read(cut, 0, present), `cut to ${length}`).toThrow(
      expect.objectContaining({ code: 'node/protocol' }),
    );
  }
});

test('what an image leaves out comes from the row before, and is told as absent', () => {
  const row = rowOf(int, text, int);
  const before = result([int.result(1n), text.result(Buffer.from('old')), null]);
  const walker = new BinaryRowWalker([3, 252, 3]);
  walker.walk(before, 0, before.length);
  row.read(image([text.logged(Buffer.from('new')), int.logged(9n)]), 0, Buffer.from([0b110]));
  expect(row.complete).toBe(false);
  expect(() => row.payload).toThrow(
    expect.objectContaining({ code: 'table/unsupported', context: { missing: ['c0'] } }),
  );
  const merged = new RowBuffer(1);
  row.mergeInto(merged, walker, before);
  const expected = result([int.result(1n), text.result(Buffer.from('new')), int.result(9n)]);
  expect(merged.bytes.subarray(0, merged.at).equals(expected)).toBe(true);
  row.read(image([null]), 0, Buffer.from([0b010]));
  merged.at = 0;
  row.mergeInto(merged, walker, before);
  expect(merged.bytes.subarray(0, merged.at).equals(result([int.result(1n), null, null]))).toBe(true);
});

test('keys are equal when all their values are, from a result and from the log alike', () => {
  const row = rowOf(int, text, text);
  const key = new RowKey([2, 1]);
  const walker = new BinaryRowWalker([3, 252, 252]);
  const loggedKey = (values: (Buffer | null)[]) => {
    row.read(image([int.logged(0n), ...values.map((value) => value && text.logged(value))]), 0, Buffer.from([0b111]));
    return key.of(row, row.bytes).toString('hex');
  };
  const readKey = (values: (Buffer | null)[]) => {
    const payload = result([int.result(0n), ...values.map((value) => value && text.result(value))]);
    walker.walk(payload, 0, payload.length);
    return key.of(walker, payload).toString('hex');
  };
  const texts = fc.option(
    fc.constantFrom('', 'a', 'A', 'ab', 'b', 'ba', '\x01', '\0').map((value) => Buffer.from(value)),
  );
  const pair = fc.tuple(texts, texts);
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      const same = one.every((value, n) => (value === null ? other[n] === null : other[n]?.equals(value) === true));
      expect(loggedKey(one) === loggedKey(other)).toBe(same);
      expect(readKey(one)).toBe(loggedKey(one));
    }),
  );
});

test('a key is never made of a row image that lacks a part of it', () => {
  const row = rowOf(int, text);
  row.read(image([int.logged(1n)]), 0, Buffer.from([0b01]));
  expect(() => new RowKey([0, 1]).of(row, row.bytes)).toThrow(/not in a row image/);
});
