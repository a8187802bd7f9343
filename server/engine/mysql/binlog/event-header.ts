import { protocolError } from '../protocol/protocol-error.ts';

export const eventHeaderBytes = 19;

/** Flags of an event's header. */
export const eventFlag = {
  /** In a format description: the file is still being written, or was not closed. */
  binlogInUse: 0x1,
  /** The statement works on temporary tables: it means something only in its own session. */
  threadSpecific: 0x4,
  suppressUse: 0x8,
  /** Made up by the server for the stream; it lies in no file. */
  artificial: 0x20,
  relayLog: 0x40,
  ignorable: 0x80,
  noFilter: 0x100,
  skipReplication: 0x8000,
} as const;

/** The first 19 bytes of every event. */
export interface EventHeader {
  /** Seconds since 1970 at which the statement began, by the clock of the server that first ran it. */
  readonly timestamp: number;
  readonly type: number;
  readonly serverId: number;
  /** Of the whole event: header, body and checksum. */
  readonly length: number;
  /** Where the next event begins in the file, modulo 2^32; 0 where it lies in none. */
  readonly nextPosition: bigint;
  readonly flags: number;
}

/** Errors: `node/protocol` when fewer than 19 bytes are there, or the length cannot be one. */
export function decodeEventHeader(bytes: Buffer, at = 0): EventHeader {
  if (bytes.length - at < eventHeaderBytes) {
    throw protocolError(`binlog event header: ends after ${bytes.length - at} of ${eventHeaderBytes} bytes`);
  }
  const header: EventHeader = {
    timestamp: bytes.readUInt32LE(at),
    type: bytes[at + 4]!,
    serverId: bytes.readUInt32LE(at + 5),
    length: bytes.readUInt32LE(at + 9),
    nextPosition: BigInt(bytes.readUInt32LE(at + 13)),
    flags: bytes.readUInt16LE(at + 17),
  };
  if (header.length < eventHeaderBytes) {
    throw protocolError(`binlog event header: an event of ${header.length} bytes is shorter than its header`);
  }
  return header;
}
