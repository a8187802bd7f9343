import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the log's own files say, read here without anything of ours: see the server's documentation of its binary log. */
export interface EventBytes {
  /** Row events of one table, heads included. */
  readonly table: number;
  /** What is no row of any table: all other events, and the heads of row events. */
  readonly headers: number;
  /** All events. */
  readonly all: number;
}

const headBytes = 19;
/** Of a row event: its head, the table's id and flags. */
const rowsHeadBytes = headBytes + 8;
const tableMap = 19;
/** write_rows, update_rows and delete_rows of version 1. */
const rowEvents = new Set([23, 24, 25]);

/** Walks the files from `position` of the first on, and counts. `name`: of the table, whatever its database. */
export function eventBytesOf(files: readonly string[], position: number, name: string): EventBytes {
  let table = 0;
  let headers = 0;
  let all = 0;
  for (const [at, file] of files.entries()) {
    const ids = new Map<bigint, string>();
    for (const { type, length, begin } of eventsOf(file, at === 0 ? position : 4)) {
      all += length;
      headers += rowEvents.has(type) ? rowsHeadBytes : length;
      const id = begin.readUIntLE(0, 6);
      if (type === tableMap) ids.set(BigInt(id), tableIn(begin));
      else if (rowEvents.has(type) && ids.get(BigInt(id)) === name) table += length;
    }
  }
  return { table, headers, all };
}

/** After the table's id and flags: the database's name and the table's, each with its length and a zero byte behind. */
function tableIn(begin: Buffer): string {
  const after = 8 + 1 + begin.readUInt8(8) + 1;
  return begin.toString('utf8', after + 1, after + 1 + begin.readUInt8(after));
}

function* eventsOf(path: string, from: number): Generator<{ type: number; length: number; begin: Buffer }> {
  const file = openSync(path, 'r');
  const bytes = Buffer.alloc(headBytes + 512);
  try {
    for (let at = from; ; ) {
      const had = readSync(file, bytes, 0, bytes.length, at);
      if (had < headBytes) return;
      const length = bytes.readUInt32LE(9);
      yield { type: bytes.readUInt8(4), length, begin: bytes.subarray(headBytes) };
      at += length;
    }
  } finally {
    closeSync(file);
  }
}

/** Bytes of all files below a folder whose path within it holds `part`. */
export function storedBytes(folder: string, part: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.includes(part))
    .reduce((sum, path) => {
      const found = statSync(join(folder, path));
      return sum + (found.isFile() ? found.size : 0);
    }, 0);
}
