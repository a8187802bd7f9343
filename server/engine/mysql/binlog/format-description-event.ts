import type { ByteReader } from '../protocol/byte-reader.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { type Checksum, checksumBytes } from './checksum.ts';
import { eventHeaderBytes } from './event-header.ts';

/** The first event of every file: how all others are to be read. */
export interface FormatDescriptionEvent {
  readonly kind: 'formatDescription';
  readonly serverVersion: string;
  /** Seconds since 1970 when the server had just started, else 0. */
  readonly created: number;
  /** By event type: length of the fixed part of the body; [0] is type 0. */
  readonly postHeaderBytes: Uint8Array;
  readonly checksum: Checksum;
}

const binlogVersion = 4;
const serverVersionBytes = 50;

/** `body` ends with the event: this one always has room for a checksum, also where the others have none. */
export function decodeFormatDescription(body: ByteReader): FormatDescriptionEvent {
  const version = body.u16();
  if (version !== binlogVersion) throw protocolError(`binlog version ${version} is not ${binlogVersion}`);
  const serverVersion = body.view(serverVersionBytes).toString('latin1').replace(/\0+$/, '');
  const created = body.u32();
  const headerBytes = body.u8();
  if (headerBytes !== eventHeaderBytes) throw protocolError(`binlog events have headers of ${headerBytes} bytes`);
  const postHeaderBytes = Uint8Array.from([0, ...body.view(body.left - 1 - checksumBytes)]);
  const algorithm = body.u8();
  body.view(checksumBytes);
  body.end();
  if (algorithm > 1) throw protocolError(`binlog checksum algorithm ${algorithm} is unknown`);
  return { kind: 'formatDescription', serverVersion, created, postHeaderBytes, checksum: algorithm ? 'crc32' : 'none' };
}
