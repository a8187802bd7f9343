import type fc from 'fast-check';

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

export const unsigned = 0x20;
export const bytes = (...list: number[]) => Buffer.from(list);
/** `width` bytes, two's complement. */
export const little = (value: bigint, width: number) => Buffer.from(big(value, width)).reverse();
export const big = (value: bigint, width: number) =>
  Buffer.from(
    BigInt.asUintN(width * 8, value)
      .toString(16)
      .padStart(width * 2, '0'),
    'hex',
  );
export const lenenc = (value: Buffer) => {
  const { length } = value;
  const head = length < 251 ? bytes(length) : length < 65536 ? bytes(252, length % 256, length >> 8) : undefined;
  if (!head) return Buffer.concat([bytes(253), little(BigInt(length), 3), value]);
  return Buffer.concat([head, value]);
};
export const prefixed = (width: number) => (value: Buffer) =>
  Buffer.concat([little(BigInt(value.length), width), value]);
