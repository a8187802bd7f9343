import { eventHeaderBytes } from '../binlog/event-header.ts';
import { eventType } from '../binlog/event-type.ts';
import { decodeGtid, gtidText, takesEffect } from '../binlog/gtid-event.ts';
import { decodeQuery } from '../binlog/query-event.ts';
import { recordTag } from '../log-archive/layout.ts';
import { readLogStream } from '../log-archive/read-stream.ts';
import { ByteReader } from '../protocol/byte-reader.ts';
import { beginsGroup, positionBefore } from '../table-log/group-head.ts';
import { HeaderRecords } from '../table-log/header-records.ts';
import type { LogObject } from '../table-log/log-object.ts';
import type { HistoryStatement } from './history.ts';
import { historyStatement } from './history-statement.ts';

/** A statement, and which of the objects it was read from. */
export interface LoggedStatement {
  readonly statement: HistoryStatement;
  readonly object: LogObject;
}

/**
 * The statements that a node's log holds as text, whole and with their session, in its order. Only objects whose index
 * lists any are read, and of them only the header streams. What an index leaves out makes no difference. Errors:
 * `destination/object-damaged`, `destination/object-missing`, naming the segment; `node/protocol`.
 */
export async function* readStatements(
  log: readonly LogObject[],
  options: { signal?: AbortSignal } = {},
): AsyncGenerator<LoggedStatement> {
  for (const object of log) if (mayConcernTables(object)) yield* readObject(object, options);
}

function mayConcernTables({ index: { statements, statementsLeftOut } }: LogObject): boolean {
  const { definition, change } = statementsLeftOut;
  return definition + change > 0 || statements.some(({ kind }) => kind !== 'other');
}

async function* readObject(object: LogObject, options: { signal?: AbortSignal }): AsyncGenerator<LoggedStatement> {
  const { storage, key, index } = object;
  const records = new HeaderRecords(key);
  const group = { gtid: '', position: 0, isRun: true };
  for await (const frame of readLogStream(storage, key, index.header, options)) {
    records.push(frame);
    while (records.next()) {
      if (records.tag !== recordTag.event && records.tag !== recordTag.context) continue;
      const event = records.bytes.subarray(records.start, records.end);
      const type = event[4]!;
      if (beginsGroup(type)) Object.assign(group, groupOf(event, records));
      if (records.tag === recordTag.context || !group.isRun) continue;
      if (type !== eventType.query && type !== eventType.queryCompressed) continue;
      const query = decodeQuery(new ByteReader(event, 'query', eventHeaderBytes), type === eventType.queryCompressed);
      const statement = historyStatement(query, {
        gtid: group.gtid,
        file: records.file,
        position: BigInt(records.position),
        groupPosition: BigInt(group.position),
        timestamp: event.readUInt32LE(0),
      });
      if (statement) yield { statement, object };
    }
  }
}

/** `isRun`: its statement takes effect here. An ALTER that is logged in two groups does so with the second one. */
function groupOf(event: Buffer, { tag, position }: HeaderRecords) {
  const begins = tag === recordTag.context ? positionBefore(event, position) : position;
  if (event[4] !== eventType.gtid) return { gtid: '', position: begins, isRun: true };
  const decoded = decodeGtid(new ByteReader(event, 'gtid', eventHeaderBytes), event.readUInt32LE(5));
  return { gtid: gtidText(decoded.gtid), position: begins, isRun: takesEffect(decoded) };
}
