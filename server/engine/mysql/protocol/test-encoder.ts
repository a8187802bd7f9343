/**
 * The server's side of the protocol, for tests only: written apart from the decoders, so that one mistake cannot hide
 * in both. Nothing that ships imports this.
 */
export interface ColumnSpec {
  name: string;
  type: number;
  flags?: number;
  collation?: number;
  length?: number;
  decimals?: number;
  /** MariaDB's extended type name; given (even as '') the extended metadata field is written. */
  extended?: string;
}

export function lenencInt(value: bigint | number): Buffer {
  const big = BigInt(value);
  if (big < 251n) return Buffer.of(Number(big));
  const [mark, bytes] = big < 1n << 16n ? [0xfc, 2] : big < 1n << 24n ? [0xfd, 3] : [0xfe, 8];
  return Buffer.concat([Buffer.of(mark), littleEndian(big, bytes)]);
}

export function lenencString(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value as string);
  return Buffer.concat([lenencInt(bytes.length), bytes]);
}

export function littleEndian(value: bigint | number, bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn)));
}

/** A message as packets on the wire, split at 16 MiB - 1. */
export function packets(message: Buffer, sequence = 0, limit = 0xffffff): Buffer {
  const out: Buffer[] = [];
  let at = 0;
  let length: number;
  do {
    length = Math.min(limit, message.length - at);
    out.push(littleEndian(length, 3), Buffer.of(sequence++ & 0xff), message.subarray(at, at + length));
    at += length;
  } while (length === limit);
  return Buffer.concat(out);
}

/** Messages of one reply, numbered on. */
export function reply(messages: Buffer[], sequence = 1): Buffer {
  return Buffer.concat(messages.map((message, i) => packets(message, sequence + i)));
}

export function ok(fields: { affected?: bigint; insertId?: bigint; status?: number; warnings?: number } = {}): Buffer {
  const { affected = 0n, insertId = 0n, status = 2, warnings = 0 } = fields;
  return Buffer.concat([
    Buffer.of(0),
    lenencInt(affected),
    lenencInt(insertId),
    littleEndian(status, 2),
    littleEndian(warnings, 2),
  ]);
}

export function eof(status = 2): Buffer {
  return Buffer.concat([Buffer.of(0xfe, 0, 0), littleEndian(status, 2)]);
}

export function err(errno: number, sqlState: string, message: string): Buffer {
  return Buffer.concat([
    Buffer.of(0xff),
    littleEndian(errno, 2),
    Buffer.from(sqlState && `#${sqlState}`),
    Buffer.from(message),
  ]);
}

export function columnDefinition(spec: ColumnSpec): Buffer {
  const { collation = 45, length = 255, flags = 0, decimals = 0 } = spec;
  const fixed = Buffer.concat([
    littleEndian(collation, 2),
    littleEndian(length, 4),
    Buffer.of(spec.type),
    littleEndian(flags, 2),
    Buffer.of(decimals, 0, 0),
  ]);
  const names = ['def', 'db', 't', 't', spec.name, spec.name].map(lenencString);
  const extended: Buffer[] = [];
  if (spec.extended !== undefined) {
    const pair = spec.extended === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.of(0), lenencString(spec.extended)]);
    extended.push(lenencString(pair));
  }
  return Buffer.concat([...names, ...extended, lenencString(fixed)]);
}

/** A binary row from the wire form of each value (null for NULL). */
export function binaryRow(values: (Buffer | null)[]): Buffer {
  const bitmap = Buffer.alloc(Math.floor((values.length + 7 + 2) / 8));
  values.forEach((value, i) => {
    if (value === null) bitmap[Math.floor((i + 2) / 8)]! += 2 ** ((i + 2) % 8);
  });
  return Buffer.concat([Buffer.of(0), bitmap, ...values.filter((value) => value !== null)]);
}

export function textRow(values: (string | Buffer | null)[]): Buffer {
  return Buffer.concat(values.map((value) => (value === null ? Buffer.of(0xfb) : lenencString(value))));
}

/** A stored row: length as u32, then the payload. */
export function frame(payload: Buffer): Buffer {
  return Buffer.concat([littleEndian(payload.length, 4), payload]);
}

export interface HandshakeSpec {
  version?: string;
  connectionId?: number;
  basic?: number;
  extended?: number;
  challenge: Buffer;
  plugin?: string;
}

export function handshake(spec: HandshakeSpec): Buffer {
  const {
    version = '8.0.40',
    connectionId = 7,
    basic = 0xffffffff,
    extended = 0,
    plugin = 'mysql_native_password',
  } = spec;
  return Buffer.concat([
    Buffer.of(10),
    Buffer.from(`${version}\0`),
    littleEndian(connectionId, 4),
    spec.challenge.subarray(0, 8),
    Buffer.of(0),
    littleEndian(basic & 0xffff, 2),
    Buffer.of(45, 2, 0),
    littleEndian(basic >>> 16, 2),
    Buffer.of(spec.challenge.length + 1),
    Buffer.alloc(6),
    littleEndian(extended, 4),
    spec.challenge.subarray(8),
    Buffer.of(0),
    Buffer.from(`${plugin}\0`),
  ]);
}

export function authSwitch(plugin: string, data: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0xfe), Buffer.from(`${plugin}\0`), data]);
}
