import { eventHeaderBytes } from '../binlog/event-header.ts';
import { inflateBody } from '../binlog/inflate-body.ts';
import { decodeTableMap, type TableMapEvent } from '../binlog/table-map-event.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { RowCount } from './row-count.ts';
import { type RowsHead, tableIdAt } from './rows-head.ts';
import type { TableName } from './segment-writer.ts';

/** Larger images are not inflated only to be counted. */
const mostInflatedBytes = 8 * 1024 ** 2;
/** Maps of a log that goes on for months; those in use come again at once. */
const mostMaps = 50_000;

/** A table as a table map showed it. */
export class LoggedTable implements TableName {
  readonly database: string;
  readonly table: string;
  /** The map, without its checksum. */
  readonly event: Buffer;
  readonly #rows: RowCount;

  constructor({ database, table, columns }: TableMapEvent, event: Buffer) {
    this.database = database;
    this.table = table;
    this.event = event;
    this.#rows = new RowCount(columns);
  }

  /** Rows of a row event whose images end at `end`; of an update each pair is one. -1: not to be told. */
  count(event: Buffer, end: number, head: RowsHead): number {
    const first = event.subarray(head.bitmapsAt, head.bitmapsAt + head.bitmapBytes);
    const second = head.change === 'update' ? event.subarray(head.bitmapsAt + head.bitmapBytes, head.bytes) : null;
    if (!head.compressed) return this.#rows.count(event, head.bytes, end, first, second);
    const images = inflated(event.subarray(head.bytes, end));
    return images ? this.#rows.count(images, 0, images.length, first, second) : -1;
  }
}

function inflated(body: Buffer): Buffer | null {
  if (body.length === 0) return body;
  const lengthBytes = body[0]! & 0x07;
  if (lengthBytes === 0 || lengthBytes > 4 || body.length <= lengthBytes) return null;
  if (body.readUIntBE(1, lengthBytes) > mostInflatedBytes) return null;
  try {
    return inflateBody(body, 'compressed rows event');
  } catch {
    return null;
  }
}

/** Which table an id means at this place of the log. */
export class LoggedTables {
  readonly #byId = new Map<number, LoggedTable>();
  /** Since the last group began. */
  readonly #recent = new Set<LoggedTable>();

  /** A table map, without its checksum. One that cannot be read makes its table's rows events like any other. */
  map(event: Buffer, end: number): void {
    const id = tableIdAt(event, eventHeaderBytes);
    const known = this.#byId.get(id);
    const body = event.subarray(eventHeaderBytes, end);
    const table = known?.event.subarray(eventHeaderBytes).equals(body) ? known : this.#read(event, end);
    if (table) {
      this.#byId.set(id, table);
      this.#recent.add(table);
    } else this.#byId.delete(id);
  }

  get(id: number): LoggedTable | undefined {
    return this.#byId.get(id);
  }

  groupBegins(): void {
    this.#recent.clear();
    if (this.#byId.size > mostMaps) this.#byId.clear();
  }

  /** The maps of the group so far. */
  events(): Buffer[] {
    return [...this.#recent].map(({ event }) => event);
  }

  #read(event: Buffer, end: number): LoggedTable | undefined {
    const copy = Buffer.from(event.subarray(0, end));
    try {
      return new LoggedTable(decodeTableMap(new ByteReader(copy, 'table map', eventHeaderBytes)), copy);
    } catch {
      return undefined;
    }
  }
}
