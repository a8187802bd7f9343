/**
 * Text to the bytes a server keeps for it in a character set. Only what is certain is encoded: where a set is not known
 * here, or writes a character in more than one way, the answer is undefined and never a guess.
 */
export type CharsetEncoder = (text: string) => Buffer | undefined;

/** Decoders of the platform that agree with the server's character set, for characters past ASCII. */
const platformNames: Record<string, { name: string; double: boolean }> = {
  latin1: { name: 'windows-1252', double: false },
  latin2: { name: 'iso-8859-2', double: false },
  latin5: { name: 'iso-8859-9', double: false },
  latin7: { name: 'iso-8859-13', double: false },
  greek: { name: 'iso-8859-7', double: false },
  hebrew: { name: 'iso-8859-8', double: false },
  cp1250: { name: 'windows-1250', double: false },
  cp1251: { name: 'windows-1251', double: false },
  cp1256: { name: 'windows-1256', double: false },
  cp1257: { name: 'windows-1257', double: false },
  cp866: { name: 'ibm866', double: false },
  koi8r: { name: 'koi8-r', double: false },
  koi8u: { name: 'koi8-u', double: false },
  macroman: { name: 'macintosh', double: false },
  tis620: { name: 'windows-874', double: false },
  gbk: { name: 'gbk', double: true },
  gb2312: { name: 'gbk', double: true },
  big5: { name: 'big5', double: true },
  euckr: { name: 'euc-kr', double: true },
  sjis: { name: 'shift_jis', double: true },
  cp932: { name: 'shift_jis', double: true },
  ujis: { name: 'euc-jp', double: true },
  eucjpms: { name: 'euc-jp', double: true },
};

const made = new Map<string, CharsetEncoder>();

export function charsetEncoder(charset: string | undefined): CharsetEncoder {
  if (charset === undefined || charset === 'swe7') return () => undefined; // swe7 writes other letters for some of ASCII
  const found = made.get(charset) ?? makeEncoder(charset);
  made.set(charset, found);
  return found;
}

function makeEncoder(charset: string): CharsetEncoder {
  switch (charset) {
    case 'utf8mb3':
    case 'utf8mb4':
      return (text) => Buffer.from(text, 'utf8');
    case 'utf16le':
      return (text) => Buffer.from(text, 'utf16le');
    case 'utf16':
    case 'ucs2':
      return (text) => Buffer.from(text, 'utf16le').swap16();
    case 'utf32':
      return encodeUtf32;
    default:
      return byCharacter(charset);
  }
}

function encodeUtf32(text: string): Buffer {
  const points = Array.from(text, (character) => character.codePointAt(0)!);
  const bytes = Buffer.alloc(points.length * 4);
  for (const [n, point] of points.entries()) bytes.writeUInt32BE(point, n * 4);
  return bytes;
}

function byCharacter(charset: string): CharsetEncoder {
  let table: Map<string, Buffer | undefined> | undefined;
  const encodeOne = (character: string) => {
    if (character < '\x80') return Buffer.from(character, 'latin1');
    table ??= reverseTable(charset);
    return table.get(character);
  };
  return (text) => {
    const bytes: Buffer[] = [];
    for (const character of text) {
      const encoded = encodeOne(character);
      if (!encoded) return undefined;
      bytes.push(encoded);
    }
    return Buffer.concat(bytes);
  };
}

/** Character → bytes, undefined where two forms mean one character. */
function reverseTable(charset: string): Map<string, Buffer | undefined> {
  const table = new Map<string, Buffer | undefined>();
  const platform = platformNames[charset];
  if (!platform) return table;
  const decoder = new TextDecoder(platform.name, { fatal: true });
  const add = (bytes: Buffer) => {
    const character = decoded(decoder, bytes);
    if (character === undefined || [...character].length !== 1) return;
    table.set(character, table.has(character) ? undefined : bytes);
  };
  for (let first = 0x80; first <= 0xff; first++) {
    add(Buffer.from([first]));
    if (platform.double) for (let second = 0x40; second <= 0xfe; second++) add(Buffer.from([first, second]));
  }
  return table;
}

function decoded(decoder: TextDecoder, bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined; // no character of this set
  }
}
