import { crc32 } from 'node:zlib';
import { protocolError } from '../protocol/protocol-error.ts';
import { eventFlag, eventHeaderBytes } from './event-header.ts';
import { eventType } from './event-type.ts';

export const checksumBytes = 4;

/** How events of one file are checked, as its format description says. */
export type Checksum = 'none' | 'crc32';

/**
 * `event` is one whole event that ends in a checksum. A format description is checked as it was written, before the
 * flag of a file in use was set or cleared in place. Errors: `node/protocol` when it does not fit.
 */
export function verifyChecksum(event: Buffer): void {
  const end = event.length - checksumBytes;
  if (end < eventHeaderBytes) throw protocolError(`binlog event of ${event.length} bytes has no room for a checksum`);
  const expected = event.readUInt32LE(end);
  const actual = event[4] === eventType.formatDescription ? crcOfClosedFile(event, end) : crc32(event.subarray(0, end));
  if (actual === expected) return;
  throw protocolError(`binlog event of type ${event[4]} does not match its checksum`, { expected, actual });
}

const flagsAt = 17;

function crcOfClosedFile(event: Buffer, end: number): number {
  const flags = event.subarray(flagsAt, eventHeaderBytes);
  const closed = Buffer.from([flags[0]! & ~eventFlag.binlogInUse, flags[1]!]);
  return crc32(event.subarray(eventHeaderBytes, end), crc32(closed, crc32(event.subarray(0, flagsAt))));
}
