import { protocolError } from '../protocol/protocol-error.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ValueWriter } from './logged-numbers.ts';

/** UUID, INET4 and INET6 are logged as their bytes without zeros at the end; results hold the text the server prints. */

export function addressWriter({ name, kind }: ColumnFacts): ValueWriter {
  const length = kind === 'inet4' ? 4 : 16;
  const print = kind === 'inet4' ? inet4Text : kind === 'inet6' ? inet6Text : uuidText;
  const whole = Buffer.alloc(length);
  return (bytes, start, stop, out) => {
    if (stop - start > length) throw protocolError(`row image: column ${name} holds ${stop - start} bytes`);
    whole.fill(0, bytes.copy(whole, 0, start, stop));
    out.ascii(print(whole));
  };
}

export function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function inet4Text(bytes: Buffer, from = 0): string {
  return `${bytes[from]}.${bytes[from + 1]}.${bytes[from + 2]}.${bytes[from + 3]}`;
}

const words = 8;

/**
 * As the server prints it: the first longest run of zero words, also of one word, becomes `::`; what begins with six
 * zero words, or with five and ffff, ends in dotted decimals.
 */
export function inet6Text(bytes: Buffer): string {
  const word = (n: number) => bytes.readUInt16BE(n * 2);
  const gap = longestGap(word);
  const dotted = gap.from === 0 && (gap.length === 6 || (gap.length === 5 && word(5) === 0xffff));
  const last = dotted ? 6 : words;
  const texts: string[] = [];
  for (let n = 0; n < last; n++) texts.push(word(n).toString(16));
  if (dotted) texts.push(inet4Text(bytes, 12));
  if (gap.length === 0) return texts.join(':');
  return `${texts.slice(0, gap.from).join(':')}::${texts.slice(gap.from + gap.length).join(':')}`;
}

function longestGap(word: (n: number) => number): { from: number; length: number } {
  let longest = { from: 0, length: 0 };
  for (let n = 0; n < words; n++) {
    let end = n;
    while (end < words && word(end) === 0) end++;
    if (end - n > longest.length) longest = { from: n, length: end - n };
    n = end;
  }
  return longest;
}
