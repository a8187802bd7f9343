import { TidemarkError } from '#server/base/error.ts';
import { damagedObject } from '#server/manifest/parse.ts';
import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventName, eventType } from '../binlog/event-type.ts';
import { inflateBody } from '../binlog/inflate-body.ts';
import { decodeRows } from '../binlog/rows-event.ts';
import { decodeTableMap, type TableMapEvent } from '../binlog/table-map-event.ts';
import { recordTag } from '../log-archive/layout.ts';
import { readLogStream } from '../log-archive/read-stream.ts';
import { rowsHead } from '../log-archive/rows-head.ts';
import { StreamCursor } from '../log-archive/stream-cursor.ts';
import { foreignName } from '../merge/foreign-actions.ts';
import type { TableRows } from '../merge/logged-rows.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { countedReads } from './counted-reads.ts';
import { beginsGroup, positionBefore } from './group-head.ts';
import { HeaderRecords } from './header-records.ts';
import type { LogObject } from './log-object.ts';

/** Where a group begins: in which segment, or what the tail will be, and in which file of the server. */
export interface LoggedGroupPlace {
  readonly sequence: number;
  readonly file: string;
  readonly position: number;
}

export interface TableLogOptions {
  /** Of one node, in the order of its log, without a hole. */
  readonly log: readonly LogObject[];
  /** Tables as the log names them. */
  readonly tables: readonly { readonly database: string; readonly table: string }[];
  /** Asked once for each group that changes one of the tables, in the order of the log: whether its changes are wanted. */
  readonly includes: (group: LoggedGroupPlace) => boolean;
  /** Told of every object that has been read, or passed because it holds nothing of these tables. */
  readonly onObject?: (object: LogObject) => void;
  /** Told of what is read of the destination: header streams, or the tables' own frames. */
  readonly onBytes?: (bytes: number, of: 'headers' | 'rows') => void;
  readonly signal?: AbortSignal;
}

/**
 * The row events of tables, of the groups that are wanted, in the order of the log. Rows of a transaction that was only
 * prepared come where it was prepared: until it is decided nobody else can change them. Of each segment the header stream
 * and the frames of these tables are read, of one without any of them nothing. An event is valid until the next is asked
 * for. Errors: `destination/object-damaged`, `destination/object-missing`, naming the segment; `table/unsupported` for
 * events in which nobody can see whose rows they change; `node/protocol`.
 */
export async function* readTableLog(options: TableLogOptions): AsyncGenerator<TableRows> {
  const wanted = options.tables.map((table) => new WantedTable(table));
  const files: string[] = [];
  for (const object of options.log) {
    const streams = streamsOf(object, wanted);
    if (streams.size > 0) yield* readObject(object, streams, wanted, files, options);
    options.onObject?.(object);
  }
}

/** A table whose rows are wanted, and its last table map, which nearly always comes again. */
class WantedTable {
  readonly name: string;
  readonly database: string;
  readonly table: string;
  /** As they stand in a table map. */
  readonly nameBytes: Buffer;
  map: TableMapEvent | null = null;
  #event: Buffer = Buffer.alloc(0);

  constructor({ database, table }: { readonly database: string; readonly table: string }) {
    this.name = foreignName(database, table);
    this.database = database;
    this.table = table;
    const text = (name: string) => [Buffer.from([Buffer.byteLength(name)]), Buffer.from(`${name}\0`)];
    this.nameBytes = Buffer.concat([...text(database), ...text(table)]);
  }

  /** Whether the table map `bytes[start, end)` is of this table. */
  isOf(bytes: Buffer, start: number, end: number): boolean {
    const { nameBytes } = this;
    const at = start + eventHeaderBytes + tableIdAndFlagsBytes;
    return at + nameBytes.length <= end && nameBytes.compare(bytes, at, at + nameBytes.length) === 0;
  }

  saw(bytes: Buffer, start: number, end: number): void {
    // The id in front is a new one after each time the table was opened.
    const body = bytes.subarray(start + eventHeaderBytes + tableIdBytes, end);
    if (this.map && body.equals(this.#event)) return;
    this.#event = Buffer.from(body);
    this.map = decodeTableMap(new ByteReader(bytes, 'table map', start + eventHeaderBytes, end));
  }
}

const tableIdBytes = 6;
const tableIdAndFlagsBytes = 8;

function streamsOf({ index }: LogObject, wanted: readonly WantedTable[]): Map<number, WantedTable> {
  const streams = new Map<number, WantedTable>();
  for (const { database, table, stream } of index.tables) {
    const found = wanted.find((one) => one.table === table && one.database === database);
    if (found) streams.set(stream, found);
  }
  return streams;
}

async function* readObject(
  { storage, key, index }: LogObject,
  streams: ReadonlyMap<number, WantedTable>,
  wanted: readonly WantedTable[],
  files: string[],
  { includes, onBytes = () => {}, signal }: TableLogOptions,
): AsyncGenerator<TableRows> {
  const headers = countedReads(storage, (bytes) => onBytes(bytes, 'headers'));
  const rows = countedReads(storage, (bytes) => onBytes(bytes, 'rows'));
  const bodies = new Map<number, StreamCursor>();
  for (const { stream, frames } of index.tables) {
    const options = signal ? { signal } : {};
    if (streams.has(stream)) bodies.set(stream, new StreamCursor(key, readLogStream(rows, key, frames, options)));
  }
  const records = new HeaderRecords(key);
  const group = new OpenGroup(includes, index.summary.sequence);
  try {
    for await (const frame of readLogStream(headers, key, index.header, signal ? { signal } : {})) {
      records.push(frame);
      while (records.next()) {
        if (records.tag === recordTag.rows) {
          const table = streams.get(records.stream);
          if (!table) continue;
          const body = await bodies.get(records.stream)!.take(records.bodyBytes);
          if (group.isWanted()) yield rowsOf(records, body, table, key, files);
        } else if (records.tag === recordTag.event || records.tag === recordTag.context) {
          seeEvent(records, group, wanted);
        }
      }
    }
    if (!records.isDone) throw damagedObject(key, 'its header stream ends within a record');
  } finally {
    for (const body of bodies.values()) await body.close();
  }
}

function seeEvent(records: HeaderRecords, group: OpenGroup, wanted: readonly WantedTable[]): void {
  const { bytes, start, end } = records;
  const type = bytes[start + 4]!;
  if (type === eventType.tableMap) {
    for (const table of wanted) if (table.isOf(bytes, start, end)) table.saw(bytes, start, end);
  } else if (beginsGroup(type)) group.begin(records);
  else if (unseen.has(type)) throw unseenRows(type, records);
}

/** Events that may change rows of any table. */
const unseen: ReadonlySet<number> = new Set([eventType.transactionPayload, eventType.partialUpdateRows]);

function unseenRows(type: number, { file, position }: HeaderRecords): TidemarkError {
  return new TidemarkError(
    'table/unsupported',
    `the log holds an event of type ${eventName(type)}, which cannot be read yet`,
    {
      hint: 'Restore to the end of a backup instead.',
      context: { file, position },
    },
  );
}

/** The group that records belong to. Whether it is wanted, is asked when it first matters. */
class OpenGroup {
  readonly #includes: TableLogOptions['includes'];
  readonly #sequence: number;
  #place: LoggedGroupPlace | null = null;
  #wanted: boolean | null = null;

  constructor(includes: TableLogOptions['includes'], sequence: number) {
    this.#includes = includes;
    this.#sequence = sequence;
  }

  begin({ bytes, start, end, file, position, tag }: HeaderRecords): void {
    const begins = tag === recordTag.context ? positionBefore(bytes.subarray(start, end), position) : position;
    this.#place = { sequence: this.#sequence, file, position: begins };
    this.#wanted = null;
  }

  /** Errors: `restore/log-mismatch` for rows that no group was begun for: where it began is not in this log. */
  isWanted(): boolean {
    if (!this.#place) throw new TidemarkError('restore/log-mismatch', 'the log begins in the middle of a transaction');
    this.#wanted ??= this.#includes(this.#place);
    return this.#wanted;
  }
}

function rowsOf(
  { bytes, start, end, file, position }: HeaderRecords,
  body: Buffer,
  { map, name, database, table }: WantedTable,
  key: string,
  files: string[],
): TableRows {
  if (!map) throw damagedObject(key, `rows of ${database}.${table} come before its first table map`);
  const head = bytes.subarray(start, end);
  const type = head[4]!;
  const event = decodeRows(new ByteReader(head, `binlog event ${eventName(type)}`, eventHeaderBytes), type);
  const isCompressed = rowsHead(head, head.length)?.compressed === true && body.length > 0;
  const images = isCompressed ? inflateBody(body, 'compressed rows event') : body;
  if (files.at(-1) !== file) files.push(file);
  return { table: name, map, event: { ...event, images }, position: { file: files.length, offset: position } };
}
