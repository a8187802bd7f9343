import { TidemarkError } from '#server/base/error.ts';
import { inflateExactly } from '../binlog/inflate-body.ts';
import { columnType } from '../protocol/column.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ValueWriter } from './logged-numbers.ts';

/** CHAR, VARCHAR, TEXT, BLOB, JSON, GEOMETRY: the same bytes in both. */
export const writeString: ValueWriter = (bytes, start, stop, out) => {
  out.lenenc(stop - start);
  out.copy(bytes, start, stop);
};

/** BINARY is logged without the zeros at its end. */
export function binaryWriter({ name, length }: ColumnFacts): ValueWriter {
  return (bytes, start, stop, out) => {
    const zeros = length - (stop - start);
    if (zeros < 0) throw protocolError(`row image: column ${name} holds ${stop - start} of ${length} bytes`);
    out.lenenc(length);
    out.copy(bytes, start, stop);
    const at = out.take(zeros);
    out.bytes.fill(0, at, at + zeros);
  };
}

/**
 * COMPRESSED columns are logged as they are stored: nothing for the empty string, 0x00 and the bytes where compressing
 * did not pay, else 0x80 | flags | n, n bytes of big-endian length, and a deflate stream, with zlib's frame unless a
 * flag says without.
 */
export function compressedWriter({ name }: ColumnFacts): ValueWriter {
  return (bytes, start, stop, out) => {
    if (stop === start) return out.lenenc(0);
    const head = bytes[start]!;
    if (head === 0) return writeString(bytes, start + 1, stop, out);
    const lengthBytes = head & 0x07;
    const algorithm = head >> 4;
    if (algorithm !== zlibAlgorithm || lengthBytes < 1 || lengthBytes > 4 || stop - start <= lengthBytes) {
      throw protocolError(`row image: column ${name} is compressed in a way that is not known`, { head });
    }
    const length = bytes.readUIntBE(start + 1, lengthBytes);
    const raw = (head & rawStreamFlag) !== 0;
    const inflated = inflateExactly(bytes.subarray(start + 1 + lengthBytes, stop), length, `column ${name}`, raw);
    writeString(inflated, 0, inflated.length, out);
  };
}

const zlibAlgorithm = 8;
const rawStreamFlag = 0x08;

/** ENUM is logged as the number of its member, from 1; 0 is the empty text that stood for a value not allowed. */
export function enumWriter(facts: ColumnFacts): ValueWriter {
  const { members } = facts;
  const width = numberWidths[facts.wireType];
  if (width !== undefined) return enumNumberWriter(facts, width);
  return (bytes, start, stop, out) => {
    const index = bytes.readUIntLE(start, stop - start);
    if (index === 0) return out.lenenc(0);
    if (index > members.length) throw notAMember(facts, index);
    const member = members[index - 1];
    if (!member) throw unknownMember(facts, index);
    writeString(member, 0, member.length, out);
  };
}

const numberWidths: Record<number, number> = { [columnType.long]: 4, [columnType.longlong]: 8 };

/** Where the backup holds the numbers too. */
function enumNumberWriter(facts: ColumnFacts, width: number): ValueWriter {
  return (bytes, start, stop, out) => {
    const index = bytes.readUIntLE(start, stop - start);
    if (index > facts.members.length) throw notAMember(facts, index);
    const at = out.take(width);
    out.bytes.fill(0, at, at + width);
    out.bytes.writeUInt32LE(index, at);
  };
}

/** SET is logged as bits, the first member the lowest. Texts are kept: a column has few of the many there could be. */
export function setWriter(facts: ColumnFacts): ValueWriter {
  const kept = new Map<number, Buffer>();
  return (bytes, start, stop, out) => {
    const bits = stop - start > 4 ? undefined : bytes.readUIntLE(start, stop - start);
    let text = bits === undefined ? undefined : kept.get(bits);
    if (text === undefined) {
      text = setText(facts, bytes, start, stop);
      if (bits !== undefined && kept.size < maxKeptTexts) kept.set(bits, text);
    }
    writeString(text, 0, text.length, out);
  };
}

const maxKeptTexts = 256;

function setText(facts: ColumnFacts, bytes: Buffer, start: number, stop: number): Buffer {
  const { members, separator } = facts;
  const chosen: Buffer[] = [];
  for (let bit = 0; bit < (stop - start) * 8; bit++) {
    if (!((bytes[start + (bit >> 3)]! >> (bit & 7)) & 1)) continue;
    if (bit >= members.length) throw notAMember(facts, bit + 1);
    const member = members[bit];
    if (!member) throw unknownMember(facts, bit + 1);
    if (chosen.length > 0) chosen.push(separator);
    chosen.push(member);
  }
  return Buffer.concat(chosen);
}

function notAMember({ name, members }: ColumnFacts, index: number): TidemarkError {
  return protocolError(`row image: column ${name} holds member ${index} of ${members.length}`);
}

function unknownMember({ name }: ColumnFacts, index: number): TidemarkError {
  return new TidemarkError('table/unsupported', `the bytes of member ${index} of column ${name} are not known`, {
    hint: 'The catalog shows a question mark for it, or its character set is not known here. Restore to the end of a backup instead.',
    context: { column: name, member: index },
  });
}
