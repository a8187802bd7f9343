import { ByteWriter } from '../protocol/byte-writer.ts';

const commandByte = 0x12;

/** Flags of COM_BINLOG_DUMP. */
const dumpFlag = {
  /** Ends at the end of the log instead of waiting for more. */
  nonBlocking: 0x1,
  /** MariaDB: without it the statements behind row events are left out, and the bytes are not those of the file. */
  annotateRows: 0x2,
} as const;

export interface DumpCommand {
  /** Empty: where `@slave_connect_state` says. */
  readonly file: string;
  /** An event begins here; below 2^32. */
  readonly position: number;
  /** Of us as a replica. The server hangs up on whoever asked with the same one before. */
  readonly replicaId: number;
  /** true: the stream ends where the log ends now. */
  readonly untilEnd: boolean;
}

/** Asks a server for its binary log. */
export function binlogDump({ file, position, replicaId, untilEnd }: DumpCommand): Buffer {
  const flags = dumpFlag.annotateRows | (untilEnd ? dumpFlag.nonBlocking : 0);
  return new ByteWriter(11 + file.length).u8(commandByte).u32(position).u16(flags).u32(replicaId).text(file).done();
}
