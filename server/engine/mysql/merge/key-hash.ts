const first = 0xcc9e2d51;
const second = 0x1b873593;
const seed = 0x9747b28c;
/** From here on a view pays that reads four bytes at once. */
const longBytes = 48;

/** 32 bits over `bytes[start, stop)`, after MurmurHash3: cheaper for short keys than a call into native code. */
export function keyHash(bytes: Uint8Array, start: number, stop: number): number {
  if (stop - start >= longBytes) return longHash(bytes, start, stop);
  return lastHash(seed, bytes, start, stop, stop - start);
}

function lastHash(before: number, bytes: Uint8Array, start: number, stop: number, length: number): number {
  let hash = before;
  let at = start;
  for (const whole = stop - 3; at < whole; at += 4) {
    hash = joined(hash, bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
  }
  let rest = 0;
  for (let shift = 0; at < stop; at++, shift += 8) rest |= bytes[at]! << shift;
  return mixed(hash ^ scrambled(rest) ^ length);
}

/** The rows of a run lie in one buffer: its view serves them all. */
let view: DataView = new DataView(new ArrayBuffer(0));

/** Two words side by side, each with a hash of its own, so that neither waits for the other. */
function longHash(bytes: Uint8Array, start: number, stop: number): number {
  if (view.buffer !== bytes.buffer) view = new DataView(bytes.buffer);
  const pairs = stop - ((stop - start) & 7);
  const end = bytes.byteOffset + pairs;
  let one = seed;
  let other = second;
  for (let at = bytes.byteOffset + start; at < end; at += 8) {
    one = joined(one, view.getInt32(at, true));
    other = joined(other, view.getInt32(at + 4, true));
  }
  return lastHash(joined(one, other), bytes, pairs, stop, stop - start);
}

function joined(hash: number, word: number): number {
  const next = hash ^ scrambled(word);
  return (Math.imul((next << 13) | (next >>> 19), 5) + 0xe6546b64) | 0;
}

function scrambled(word: number): number {
  const product = Math.imul(word, first);
  return Math.imul((product << 15) | (product >>> 17), second);
}

/** Another hash out of one. */
export function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
