// The row digest, format 1 (see ../digest.ts), over many framed rows in one call: xxh3-128 with seed 0 of each payload,
// summed modulo 2^128. AssemblyScript: `npm run digest` compiles it into row-digest.wasm, which lies beside it.
// Named after the specification of XXH3; all arithmetic wraps. A pointer is an offset into this module's memory.

/** Where the caller puts frames; it takes as many bytes as the memory has from here on. */
export const window: usize = 2048;

/** What `add` found: to be read, and set to zero before the next set of rows. */
export let low: u64 = 0;
export let high: u64 = 0;
export let rows: u32 = 0;

/**
 * Adds every whole frame (u32 little-endian length, payload) of the `bytes` bytes in the window. Returns how many bytes
 * those were; what follows them is the beginning of a frame.
 */
export function add(bytes: u32): u32 {
  let at: u32 = 0;
  while (bytes - at >= 4) {
    const length = load<u32>(window + at);
    if (length > bytes - at - 4) break;
    hash(window + at + 4, length);
    low += hashLow;
    high += hashHigh + u64(low < hashLow);
    rows++;
    at += 4 + length;
  }
  return at;
}

const prime32_1: u64 = 0x9e3779b1;
const prime32_2: u64 = 0x85ebca77;
const prime32_3: u64 = 0xc2b2ae3d;
const prime64_1: u64 = 0x9e3779b185ebca87;
const prime64_2: u64 = 0xc2b2ae3d27d4eb4f;
const prime64_3: u64 = 0x165667b19e3779f9;
const prime64_4: u64 = 0x85ebca77c2b2ae63;
const prime64_5: u64 = 0x27d4eb2f165667c5;
const primeMx1: u64 = 0x165667919e3779f9;
const primeMx2: u64 = 0x9fb21c651e98df25;

const secretBytes: u32 = 192;
const stripeBytes: u32 = 64;
const stripesPerBlock: u32 = 16;
const blockBytes: u32 = 1024;

const secret: usize = memory.data<u8>([
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
]);

let hashLow: u64 = 0;
let hashHigh: u64 = 0;

function hash(input: usize, length: u32): void {
  if (length > 240) hashLong(input, length);
  else if (length > 128) hashTo240(input, length);
  else if (length > 16) hashTo128(input, length);
  else if (length > 8) hashTo16(input, length);
  else if (length >= 4) hashTo8(input, length);
  else if (length > 0) hashTo3(input, length);
  else {
    hashLow = avalanche64(load<u64>(secret, 64) ^ load<u64>(secret, 72));
    hashHigh = avalanche64(load<u64>(secret, 80) ^ load<u64>(secret, 88));
  }
}

function hashTo3(input: usize, length: u32): void {
  const first = <u32>load<u8>(input);
  const middle = <u32>load<u8>(input + (length >> 1));
  const last = <u32>load<u8>(input + length - 1);
  const combined = (first << 16) | (middle << 24) | last | (length << 8);
  const turned = rotl<u32>(bswap<u32>(combined), 13);
  hashLow = avalanche64(u64(combined) ^ u64(load<u32>(secret) ^ load<u32>(secret, 4)));
  hashHigh = avalanche64(u64(turned) ^ u64(load<u32>(secret, 8) ^ load<u32>(secret, 12)));
}

function hashTo8(input: usize, length: u32): void {
  const both = u64(load<u32>(input)) + (u64(load<u32>(input + length - 4)) << 32);
  const keyed = both ^ (load<u64>(secret, 16) ^ load<u64>(secret, 24));
  const factor = prime64_1 + (u64(length) << 2);
  let mixedLow = keyed * factor;
  const mixedHigh = upper(keyed, factor) + (mixedLow << 1);
  mixedLow ^= mixedHigh >> 3;
  mixedLow ^= mixedLow >> 35;
  mixedLow *= primeMx2;
  hashLow = mixedLow ^ (mixedLow >> 28);
  hashHigh = avalanche(mixedHigh);
}

function hashTo16(input: usize, length: u32): void {
  const flipLow = load<u64>(secret, 32) ^ load<u64>(secret, 40);
  const flipHigh = load<u64>(secret, 48) ^ load<u64>(secret, 56);
  const inputLow = load<u64>(input);
  let inputHigh = load<u64>(input + length - 8);
  const keyed = inputLow ^ inputHigh ^ flipLow;
  let mixedLow = keyed * prime64_1;
  let mixedHigh = upper(keyed, prime64_1);
  mixedLow += u64(length - 1) << 54;
  inputHigh ^= flipHigh;
  mixedHigh += inputHigh + u64(u32(inputHigh)) * (prime32_2 - 1);
  mixedLow ^= bswap<u64>(mixedHigh);
  hashLow = avalanche(mixedLow * prime64_2);
  hashHigh = avalanche(upper(mixedLow, prime64_2) + mixedHigh * prime64_2);
}

/** The two sums of the middle lengths. */
let sumLow: u64 = 0;
let sumHigh: u64 = 0;

function hashTo128(input: usize, length: u32): void {
  sumLow = u64(length) * prime64_1;
  sumHigh = 0;
  const end = input + length;
  if (length > 32) {
    if (length > 64) {
      if (length > 96) mix32(input + 48, end - 64, secret + 96);
      mix32(input + 32, end - 48, secret + 64);
    }
    mix32(input + 16, end - 32, secret + 32);
  }
  mix32(input, end - 16, secret);
  finishMiddle(length);
}

function hashTo240(input: usize, length: u32): void {
  sumLow = u64(length) * prime64_1;
  sumHigh = 0;
  for (let i: u32 = 32; i < 160; i += 32) mix32(input + i - 32, input + i - 16, secret + i - 32);
  sumLow = avalanche(sumLow);
  sumHigh = avalanche(sumHigh);
  for (let i: u32 = 160; i <= length; i += 32) mix32(input + i - 32, input + i - 16, secret + 3 + i - 160);
  mix32(input + length - 16, input + length - 32, secret + 103);
  finishMiddle(length);
}

function mix32(one: usize, two: usize, key: usize): void {
  sumLow += mix16(one, key);
  sumLow ^= load<u64>(two) + load<u64>(two, 8);
  sumHigh += mix16(two, key + 16);
  sumHigh ^= load<u64>(one) + load<u64>(one, 8);
}

function mix16(input: usize, key: usize): u64 {
  return fold(load<u64>(input) ^ load<u64>(key), load<u64>(input, 8) ^ load<u64>(key, 8));
}

function finishMiddle(length: u32): void {
  hashLow = avalanche(sumLow + sumHigh);
  hashHigh = 0 - avalanche(sumLow * prime64_1 + sumHigh * prime64_4 + u64(length) * prime64_2);
}

/** Eight sums of 64 bits, two to a vector. */
let sums0: v128 = i64x2(0, 0);
let sums1: v128 = i64x2(0, 0);
let sums2: v128 = i64x2(0, 0);
let sums3: v128 = i64x2(0, 0);

function hashLong(input: usize, length: u32): void {
  let a = i64x2.splat(0);
  let b = i64x2.splat(0);
  let c = i64x2.splat(0);
  let d = i64x2.splat(0);
  a = i64x2.replace_lane(i64x2.splat(prime32_3), 1, prime64_1);
  b = i64x2.replace_lane(i64x2.splat(prime64_2), 1, prime64_3);
  c = i64x2.replace_lane(i64x2.splat(prime64_4), 1, prime32_2);
  d = i64x2.replace_lane(i64x2.splat(prime64_5), 1, prime32_1);
  let left = length - 1;
  let at = input;
  while (true) {
    const stripes = min(left / stripeBytes, stripesPerBlock);
    let key = secret;
    for (let n: u32 = 0; n < stripes; n++) {
      a = accumulate(a, v128.load(at), v128.load(key));
      b = accumulate(b, v128.load(at, 16), v128.load(key, 16));
      c = accumulate(c, v128.load(at, 32), v128.load(key, 32));
      d = accumulate(d, v128.load(at, 48), v128.load(key, 48));
      at += stripeBytes;
      key += 8;
    }
    if (left < blockBytes) break;
    left -= blockBytes;
    const end = secret + secretBytes - stripeBytes;
    a = scramble(a, v128.load(end));
    b = scramble(b, v128.load(end, 16));
    c = scramble(c, v128.load(end, 32));
    d = scramble(d, v128.load(end, 48));
  }
  const tail = input + length - stripeBytes;
  const key = secret + secretBytes - stripeBytes - 7;
  sums0 = accumulate(a, v128.load(tail), v128.load(key));
  sums1 = accumulate(b, v128.load(tail, 16), v128.load(key, 16));
  sums2 = accumulate(c, v128.load(tail, 32), v128.load(key, 32));
  sums3 = accumulate(d, v128.load(tail, 48), v128.load(key, 48));
  hashLow = merge(secret + 11, u64(length) * prime64_1);
  hashHigh = merge(secret + secretBytes - stripeBytes - 11, ~(u64(length) * prime64_2));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function accumulate(sums: v128, data: v128, key: v128): v128 {
  const keyed = v128.xor(data, key);
  const product = i64x2.extmul_low_i32x4_u(
    v128.shuffle<i32>(keyed, keyed, 0, 2, 0, 2),
    v128.shuffle<i32>(keyed, keyed, 1, 3, 1, 3),
  );
  return i64x2.add(i64x2.add(sums, v128.shuffle<i64>(data, data, 1, 0)), product);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function scramble(sums: v128, key: v128): v128 {
  const mixed = v128.xor(v128.xor(sums, i64x2.shr_u(sums, 47)), key);
  return i64x2.mul(mixed, i64x2.splat(prime32_1));
}

function merge(key: usize, start: u64): u64 {
  return avalanche(start + mergePair(sums0, key) + mergePair(sums1, key + 16) + mergePair(sums2, key + 32) + mergePair(sums3, key + 48));
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function mergePair(sums: v128, key: usize): u64 {
  return fold(i64x2.extract_lane(sums, 0) ^ load<u64>(key), i64x2.extract_lane(sums, 1) ^ load<u64>(key, 8));
}

function avalanche64(value: u64): u64 {
  value = (value ^ (value >> 33)) * prime64_2;
  value = (value ^ (value >> 29)) * prime64_3;
  return value ^ (value >> 32);
}

// @ts-ignore: decorators are AssemblyScript's
@inline
function avalanche(value: u64): u64 {
  value = (value ^ (value >> 37)) * primeMx1;
  return value ^ (value >> 32);
}

/** Both halves of the product of 128 bits, one over the other. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function fold(a: u64, b: u64): u64 {
  return (a * b) ^ upper(a, b);
}

/** The upper half of a product of 128 bits. */
// @ts-ignore: decorators are AssemblyScript's
@inline
function upper(a: u64, b: u64): u64 {
  const aLow = a & 0xffffffff;
  const aHigh = a >> 32;
  const bLow = b & 0xffffffff;
  const bHigh = b >> 32;
  const cross = ((aLow * bLow) >> 32) + ((aHigh * bLow) & 0xffffffff) + aLow * bHigh;
  return ((aHigh * bLow) >> 32) + (cross >> 32) + aHigh * bHigh;
}
