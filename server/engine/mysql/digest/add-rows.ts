import { readFileSync } from 'node:fs';

/** What row-digest.as exports. */
interface RowDigestModule {
  readonly memory: WebAssembly.Memory;
  readonly window: WebAssembly.Global<'i32'>;
  readonly low: WebAssembly.Global<'i64'>;
  readonly high: WebAssembly.Global<'i64'>;
  readonly rows: WebAssembly.Global<'i32'>;
  add(bytes: number): number;
}

const wasm = new WebAssembly.Module(readFileSync(new URL('row-digest.wasm', import.meta.url)));
const module = new WebAssembly.Instance(wasm).exports as unknown as RowDigestModule;
const window = new Uint8Array(module.memory.buffer, module.window.value);

/** A row longer than this does not fit and has to be hashed elsewhere. */
export const windowBytes = window.length;

export interface AddedRows {
  rows: number;
  /** Of the hashes, modulo 2^128. */
  sum: bigint;
  /** How far into `frames` the rows reach: to the end, or to a row that does not fit or is not wholly there. */
  end: number;
}

/** Hashes framed rows (u32 little-endian length, payload) from `start` on with xxh3-128 and sums the hashes up. */
export function addRows(frames: Uint8Array, start: number): AddedRows {
  module.low.value = 0n;
  module.high.value = 0n;
  module.rows.value = 0;
  let at = start;
  for (let took = -1; took !== 0 && at < frames.length; at += took) {
    const piece = frames.subarray(at, at + windowBytes);
    window.set(piece);
    took = module.add(piece.length);
  }
  const sum = (BigInt.asUintN(64, module.high.value) << 64n) | BigInt.asUintN(64, module.low.value);
  return { rows: module.rows.value, sum, end: at };
}
