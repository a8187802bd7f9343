import { ByteWriter } from './byte-writer.ts';
import { columnType } from './column.ts';
import type { Param } from './row.ts';

const unsignedMark = 0x80;
const maxSigned64 = 2n ** 63n - 1n;

/**
 * Parameters of COM_STMT_EXECUTE: NULL bitmap, "types follow" (1), two bytes of type per parameter, values. Numbers
 * that are whole and safe travel as 64-bit integers, others as doubles. Without parameters: nothing at all.
 */
export function encodeParams(params: readonly Param[]): Buffer {
  if (params.length === 0) return Buffer.alloc(0);
  const bitmap = Buffer.alloc((params.length + 7) >> 3);
  const types = new ByteWriter();
  const values = new ByteWriter();
  params.forEach((param, i) => {
    if (param === null) bitmap[i >> 3]! |= 1 << (i & 7);
    encodeParam(param, types, values);
  });
  return new ByteWriter().raw(bitmap).u8(1).raw(types.done()).raw(values.done()).done();
}

function encodeParam(param: Param, types: ByteWriter, values: ByteWriter): void {
  if (param === null) {
    types.u8(columnType.null).u8(0);
  } else if (typeof param === 'boolean') {
    types.u8(columnType.tiny).u8(0);
    values.u8(param ? 1 : 0);
  } else if (typeof param === 'bigint' || Number.isSafeInteger(param)) {
    const integer = BigInt(param as bigint | number);
    types.u8(columnType.longlong).u8(integer > maxSigned64 ? unsignedMark : 0);
    values.u64(integer);
  } else if (typeof param === 'number') {
    types.u8(columnType.double).u8(0);
    values.f64(param);
  } else if (typeof param === 'string') {
    types.u8(columnType.varString).u8(0);
    values.lenencRaw(Buffer.from(param, 'utf8'));
  } else {
    types.u8(columnType.blob).u8(0);
    values.lenencRaw(param);
  }
}
