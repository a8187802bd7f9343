/** Event types as they stand in an event's header: those of MariaDB 10.6 to 10.11, and what MySQL 8 adds to them. */
export const eventType = {
  startV3: 1,
  query: 2,
  stop: 3,
  rotate: 4,
  intvar: 5,
  slave: 7,
  appendBlock: 9,
  deleteFile: 11,
  rand: 13,
  userVar: 14,
  formatDescription: 15,
  xid: 16,
  beginLoadQuery: 17,
  executeLoadQuery: 18,
  tableMap: 19,
  writeRowsV1: 23,
  updateRowsV1: 24,
  deleteRowsV1: 25,
  incident: 26,
  heartbeat: 27,
  ignorable: 28,
  rowsQuery: 29,
  writeRowsV2: 30,
  updateRowsV2: 31,
  deleteRowsV2: 32,
  gtidLog: 33,
  anonymousGtidLog: 34,
  previousGtidsLog: 35,
  transactionContext: 36,
  viewChange: 37,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  heartbeatV2: 41,
  gtidTaggedLog: 42,
  annotateRows: 160,
  binlogCheckpoint: 161,
  gtid: 162,
  gtidList: 163,
  startEncryption: 164,
  queryCompressed: 165,
  writeRowsCompressedV1: 166,
  updateRowsCompressedV1: 167,
  deleteRowsCompressedV1: 168,
  writeRowsCompressedV2: 169,
  updateRowsCompressedV2: 170,
  deleteRowsCompressedV2: 171,
} as const;

export type EventName = keyof typeof eventType;

const names = new Map<number, EventName>(
  Object.entries(eventType).map(([name, type]) => [type, name as EventName] as const),
);

/** undefined: no type we know of. */
export function eventName(type: number): EventName | undefined {
  return names.get(type);
}
