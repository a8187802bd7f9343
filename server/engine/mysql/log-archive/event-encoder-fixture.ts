import { crc32 } from 'node:zlib';
import { eventType } from '../binlog/event-type.ts';
import { everyEventFile } from '../binlog/every-event-fixture.ts';
import { firstPieceBytes } from '../replication/dump-reader.ts';
import type { LogSink } from '../replication/log-reader.ts';

/** For tests: an event without its place and checksum, which the file it is put into gives it. */
export interface LooseEvent {
  readonly type: number;
  readonly body: Buffer;
  readonly timestamp?: number;
  readonly serverId?: number;
}

const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8]);
const text = (value: string) => Buffer.from(value);
const tableId = (id: number) => Buffer.from([id & 0xff, (id >> 8) & 0xff, 0, 0, 0, 0]);

/** Columns: INT NOT NULL, VARCHAR(100). */
export const tableMap = (id: number, database: string, table: string): LooseEvent => ({
  type: eventType.tableMap,
  body: Buffer.concat([
    ...[tableId(id), u16(1)],
    ...[Buffer.from([database.length]), text(database), Buffer.alloc(1)],
    ...[Buffer.from([table.length]), text(table), Buffer.alloc(1)],
    Buffer.from([2, 3, 15, 2, 100, 0, 2]),
  ]),
});

/** An image of the table of tableMap; null: the second column is NULL. */
export function image(id: number, value: string | null): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt32LE(id);
  return Buffer.concat(
    value === null ? [Buffer.from([2]), key] : [Buffer.alloc(1), key, Buffer.from([value.length]), text(value)],
  );
}

const rows =
  (type: number, bitmaps: number[]) =>
  (id: number, images: Buffer): LooseEvent => ({
    type,
    body: Buffer.concat([tableId(id), u16(1), Buffer.from([2, ...bitmaps]), images]),
  });
export const insert = rows(eventType.writeRowsV1, [3]);
export const update = rows(eventType.updateRowsV1, [3, 3]);
export const remove = rows(eventType.deleteRowsV1, [3]);

export function gtid(
  sequence: number,
  options: { timestamp?: number; flags?: number; domain?: number } = {},
): LooseEvent {
  const body = Buffer.alloc(19);
  body.writeBigUInt64LE(BigInt(sequence));
  body.writeUInt32LE(options.domain ?? 0, 8);
  body[12] = options.flags ?? 0;
  return { type: eventType.gtid, body, timestamp: options.timestamp };
}

export const xid = (): LooseEvent => ({ type: eventType.xid, body: Buffer.alloc(8) });

export function query(sql: string, database = 'd'): LooseEvent {
  const head = Buffer.alloc(13);
  head[8] = database.length;
  return { type: eventType.query, body: Buffer.concat([head, text(database), Buffer.alloc(1), text(sql)]) };
}

export function rotate(file: string): LooseEvent {
  const place = Buffer.alloc(8);
  place.writeBigUInt64LE(4n);
  return { type: eventType.rotate, body: Buffer.concat([place, text(file)]) };
}

/** The first event of a file, of a server with checksums or without. */
export function formatDescription(checksums: boolean): Buffer {
  const event = Buffer.from(everyEventFile.subarray(4, 4 + everyEventFile.readUInt32LE(4 + 9)));
  event[event.length - 5] = checksums ? 1 : 0;
  event.writeUInt32LE(crc32(event.subarray(0, -4)), event.length - 4);
  return event;
}

/** A file of a server: its events end to end, each with its place and, if wanted, its checksum. */
export function fileOf(events: readonly LooseEvent[], checksums = true): Buffer {
  const format = formatDescription(checksums);
  let position = 4 + format.length;
  const placed = events.map(({ type, body, timestamp = 1_700_000_000, serverId = 1 }) => {
    const bytes = Buffer.alloc(19 + body.length + (checksums ? 4 : 0));
    position += bytes.length;
    bytes.writeUInt32LE(timestamp);
    bytes[4] = type;
    bytes.writeUInt32LE(serverId, 5);
    bytes.writeUInt32LE(bytes.length, 9);
    bytes.writeUInt32LE(position, 13);
    body.copy(bytes, 19);
    if (checksums) bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
    return bytes;
  });
  return Buffer.concat([everyEventFile.subarray(0, 4), format, ...placed]);
}

/**
 * Tells a sink a file, or what of it lies behind `from`, as a stream would: large events in pieces. `between` is called
 * before every event.
 */
export function tell(
  sink: LogSink,
  name: string,
  file: Buffer,
  options: { from?: number; between?: () => void } = {},
): void {
  const { from = 4, between } = options;
  sink.file(name);
  if (from > 4) sink.format(file.subarray(4, 4 + file.readUInt32LE(4 + 9)));
  for (let at = from; at < file.length; ) {
    between?.();
    const length = file.readUInt32LE(at + 9);
    const large = length > 1024 * 1024;
    let end = at + (large ? firstPieceBytes : length);
    sink.event(file.subarray(at, end), length, at);
    for (at += length; end < at; end += Math.min(1_000_001, at - end)) {
      sink.more(file.subarray(end, end + Math.min(1_000_001, at - end)));
    }
  }
}
