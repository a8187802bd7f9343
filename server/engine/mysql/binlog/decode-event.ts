import { ByteReader } from '../protocol/byte-reader.ts';
import { protocolError } from '../protocol/protocol-error.ts';
import { type Checksum, checksumBytes } from './checksum.ts';
import {
  type BinlogCheckpointEvent,
  decodeBinlogCheckpoint,
  decodeIncident,
  decodeRotate,
  decodeStartEncryption,
  decodeStop,
  type IncidentEvent,
  type RotateEvent,
  type StartEncryptionEvent,
  type StopEvent,
} from './control-events.ts';
import { type EventHeader, eventHeaderBytes } from './event-header.ts';
import { type EventName, eventName, eventType } from './event-type.ts';
import { decodeFormatDescription, type FormatDescriptionEvent } from './format-description-event.ts';
import { decodeGtid, decodeGtidList, type GtidEvent, type GtidListEvent } from './gtid-event.ts';
import { decodeQuery, type QueryEvent } from './query-event.ts';
import { decodeRows, isRowsType, type RowsEvent } from './rows-event.ts';
import { decodeTableMap, type TableMapEvent } from './table-map-event.ts';
import {
  type AnnotateRowsEvent,
  decodeAnnotateRows,
  decodeXaPrepare,
  decodeXid,
  type XaPrepareEvent,
  type XidEvent,
} from './transaction-events.ts';

/** An event whose body we do not read. What it means for the caller is the caller's to decide: it is never skipped here. */
export interface OtherEvent {
  readonly kind: 'other';
  readonly type: number;
  /** undefined: no type we know of. */
  readonly name: EventName | undefined;
  readonly body: Buffer;
}

export type BinlogEvent =
  | FormatDescriptionEvent
  | RotateEvent
  | StopEvent
  | BinlogCheckpointEvent
  | StartEncryptionEvent
  | IncidentEvent
  | GtidEvent
  | GtidListEvent
  | QueryEvent
  | XidEvent
  | XaPrepareEvent
  | AnnotateRowsEvent
  | TableMapEvent
  | RowsEvent
  | OtherEvent;

/**
 * One whole event, header and checksum included. Views in the result are valid as long as `event` is. Errors:
 * `node/protocol` where the body ends early, has leftovers, or says what we cannot know the meaning of.
 */
export function decodeEvent(event: Buffer, header: EventHeader, checksum: Checksum): BinlogEvent {
  const { type } = header;
  if (event.length !== header.length) {
    throw protocolError(`binlog event: ${event.length} bytes where its header says ${header.length}`);
  }
  const ownsChecksum = type === eventType.formatDescription;
  const stop = event.length - (checksum === 'crc32' && !ownsChecksum ? checksumBytes : 0);
  if (stop < eventHeaderBytes) throw protocolError('binlog event: no room for its checksum');
  const body = new ByteReader(event, `binlog event ${eventName(type) ?? type}`, eventHeaderBytes, stop);
  if (isRowsType(type)) return decodeRows(body, type);
  switch (type) {
    case eventType.formatDescription:
      return decodeFormatDescription(body);
    case eventType.rotate:
      return decodeRotate(body);
    case eventType.stop:
      return decodeStop(body);
    case eventType.binlogCheckpoint:
      return decodeBinlogCheckpoint(body);
    case eventType.startEncryption:
      return decodeStartEncryption(body);
    case eventType.incident:
      return decodeIncident(body);
    case eventType.gtid:
      return decodeGtid(body, header.serverId);
    case eventType.gtidList:
      return decodeGtidList(body);
    case eventType.query:
    case eventType.queryCompressed:
      return decodeQuery(body, type === eventType.queryCompressed);
    case eventType.xid:
      return decodeXid(body);
    case eventType.xaPrepare:
      return decodeXaPrepare(body);
    case eventType.annotateRows:
      return decodeAnnotateRows(body);
    case eventType.tableMap:
      return decodeTableMap(body);
    default:
      return { kind: 'other', type, name: eventName(type), body: body.rest() };
  }
}
