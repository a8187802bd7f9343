import type { LogSummary } from '#server/manifest/log-schema.ts';
import type { Storage } from '#server/storage/contract.ts';
import { eventType } from '../binlog/event-type.ts';
import { gtidFlag } from '../binlog/gtid-event.ts';
import {
  fileOf,
  gtid,
  image,
  insert,
  type LooseEvent,
  query,
  tableMap,
  tell,
  xid,
} from '../log-archive/event-encoder-fixture.ts';
import { LogCursor } from '../log-archive/log-cursor.ts';
import { readLogIndex } from '../log-archive/read-index.ts';
import { LogScan } from '../log-archive/scan-log.ts';
import { openWriter } from '../log-archive/segment-fixture.ts';
import type { LogObject } from '../table-log/log-object.ts';
import type { LogSpot } from './log-spot.ts';

/** For tests: a group of a log as it is to be written. `global` names the transaction, the same on every node. */
export interface LoggedGroup {
  readonly kind: 'local' | 'prepare' | 'commit' | 'rollback' | 'undone' | 'definition';
  readonly global?: string;
  /** Seconds since 1970 by the server's clock. */
  readonly timestamp: number;
  readonly receivedMs: number;
}

const format = 1;
const nothing = () => {};

export const xidOf = (global: string) => `X'${Buffer.from(global).toString('hex')}',X'62'`;

function eventsOf({ kind, global = '', timestamp }: LoggedGroup, sequence: number, domain: number): LooseEvent[] {
  const at = (event: LooseEvent): LooseEvent => ({ ...event, timestamp });
  const rows = [tableMap(7, 'd', 't'), insert(7, image(sequence, global))].map(at);
  if (kind === 'definition') {
    return [gtid(sequence, { timestamp, domain, flags: gtidFlag.standalone }), at(query('CREATE TABLE d.x (a INT)'))];
  }
  if (kind === 'local') return [gtid(sequence, { timestamp, domain }), ...rows, at(xid())];
  if (kind === 'undone') return [gtid(sequence, { timestamp, domain }), ...rows, at(query('ROLLBACK'))];
  const name = Buffer.from(global);
  const short = Buffer.concat([u32(format), Buffer.from([name.length, 1]), name, Buffer.from('b')]);
  const state = kind === 'prepare' ? gtidFlag.preparedXa : gtidFlag.completedXa;
  const head = gtid(sequence, { timestamp, domain, flags: state });
  const first = { ...head, body: Buffer.concat([head.body.subarray(0, 13), short]) };
  if (kind !== 'prepare') {
    return [first, at(query(`XA ${kind === 'commit' ? 'COMMIT' : 'ROLLBACK'} ${xidOf(global)},1`))];
  }
  const long = Buffer.concat([Buffer.of(0), u32(format), u32(name.length), u32(1), name, Buffer.from('b')]);
  return [first, ...rows, at(query(`XA END ${xidOf(global)},1`)), at({ type: eventType.xaPrepare, body: long })];
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Where a group begins, and its GTID. */
export interface WrittenGroup extends LogSpot {
  /** Of the segment that it ends in. */
  readonly lastSequence: number;
  readonly gtid: string;
}

/** As a reader of each of its segments asks for a group. */
export const partsOf = ({ sequence, lastSequence, file, position }: WrittenGroup): LogSpot[] =>
  Array.from({ length: lastSequence - sequence + 1 }, (_, part) => ({ sequence: sequence + part, file, position }));

export interface WrittenLog {
  readonly log: readonly LogObject[];
  readonly places: readonly WrittenGroup[];
  /** Where the log ends. */
  readonly end: LogSpot;
}

/**
 * Writes a log as an archive does: segments of `perSegment` groups each, or of so many events with `within`, which cuts
 * groups as it does large ones. `node` is the domain of its GTIDs.
 */
export async function writeLog(
  storage: Storage,
  node: number,
  groups: readonly LoggedGroup[],
  options: { skewMs?: number; perSegment?: number; within?: boolean } = {},
): Promise<WrittenLog> {
  const { skewMs = 0, perSegment = groups.length || 1, within = false } = options;
  const file = 'binlog.000001';
  const told = groups.map((group, at) => eventsOf(group, at + 1, node));
  const bytes = fileOf(told.flat());
  const starts = positionsOf(bytes).slice(1);
  let received = 0;
  const scan = new LogScan({
    cursor: new LogCursor({ id: node, uuid: null, version: '10.11' }, null),
    now: () => received,
    ...{ beforeEvent: nothing, afterEvent: nothing, onIdle: nothing },
  });
  const log: LogObject[] = [];
  const places: WrittenGroup[] = [];
  let sequence = 0;
  let writer = openWriter(storage, `${node}-0`);
  let begin: LogSummary['begin'] = { file, position: '0', gtids: [] };
  const seal = async () => {
    const end = scan.cursor.place(scan.context());
    const { stored } = await writer.finish({
      stream: { id: 's', cluster: { id: 'c', name: 'c' }, node: `n${node}` },
      ...{ sequence, piece: null, follows: sequence === 0 ? 'nothing' : 'bytes', gap: null, clockSkewMs: skewMs },
      ...{ begin, end },
    });
    log.push({ storage, key: writer.key, index: await readLogIndex(storage, writer.key, stored.index) });
    begin = { file, position: end.position, gtids: end.gtids };
    sequence++;
  };
  const roll = async () => {
    await seal();
    writer = openWriter(storage, `${node}-${sequence}`);
    scan.write([writer]);
  };
  scan.write([writer]);
  let event = 0;
  tell(scan, file, bytes.subarray(0, starts[0] ?? bytes.length));
  for (const [at, group] of groups.entries()) {
    received = group.receivedMs;
    const place = { file, position: starts[event]!, gtid: `${node}-1-${at + 1}` };
    let first = sequence;
    for (const part of told[at]!.keys()) {
      const before = within ? event : part === 0 ? at : 0;
      if (before > 0 && before % perSegment === 0) await roll();
      if (part === 0) first = sequence;
      const from = starts[event++]!;
      const length = bytes.readUInt32LE(from + 9);
      scan.event(bytes.subarray(from, from + length), length, from);
    }
    places.push({ ...place, sequence: first, lastSequence: sequence });
  }
  const end = { sequence, file, position: bytes.length };
  await seal();
  return { log, places, end };
}

function positionsOf(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 4; at < bytes.length; at += bytes.readUInt32LE(at + 9)) found.push(at);
  return found;
}
