import { protocolError } from '../protocol/protocol-error.ts';
import { type Checksum, verifyChecksum } from './checksum.ts';
import { type BinlogEvent, decodeEvent } from './decode-event.ts';
import { decodeEventHeader, type EventHeader, eventHeaderBytes } from './event-header.ts';
import { eventType } from './event-type.ts';

export const binlogMagic = Buffer.from([0xfe, 0x62, 0x69, 0x6e]);

export interface PlacedEvent {
  readonly header: EventHeader;
  readonly event: BinlogEvent;
  /** Where it begins in the file. */
  readonly position: bigint;
  /** Verbatim, header and checksum included. */
  readonly bytes: Buffer;
}

/**
 * The whole events at the beginning of a binlog file, in order, each checked against its checksum. An event that is not
 * all there ends them: the caller sees how far they reached by the last one's position and length. Errors:
 * `node/protocol` on anything that is no binlog, or is damaged.
 */
export function* fileEvents(file: Buffer): Generator<PlacedEvent> {
  if (!file.subarray(0, binlogMagic.length).equals(binlogMagic)) throw protocolError('the file is no binlog');
  let checksum: Checksum = 'none';
  for (let at = binlogMagic.length; file.length - at >= eventHeaderBytes; ) {
    const header = decodeEventHeader(file, at);
    const end = at + header.length;
    if (end > file.length) return;
    const bytes = file.subarray(at, end);
    if (checksum === 'crc32' || header.type === eventType.formatDescription) verifyChecksum(bytes);
    const event = decodeEvent(bytes, header, checksum);
    if (event.kind === 'formatDescription') checksum = event.checksum;
    yield { header, event, position: BigInt(at), bytes };
    at = end;
  }
}
