const first = 0xcc9e2d51;
const second = 0x1b873593;

/** MurmurHash3, 32 bits, of `bytes[start, stop)`: cheaper for short keys than a call into native code. */
export function keyHash(bytes: Uint8Array, start: number, stop: number): number {
  let hash = 0x9747b28c;
  let at = start;
  for (const whole = stop - 3; at < whole; at += 4) {
    const word = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scrambled(word);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  let rest = 0;
  for (let shift = 0; at < stop; at++, shift += 8) rest |= bytes[at]! << shift;
  return mixed(hash ^ scrambled(rest) ^ (stop - start));
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
