import { ChunkPacker, type PackedChunk } from '#server/pipeline/chunk-packer.ts';
import type { MysqlConnection } from '../connection.ts';
import { RowDigest } from '../digest.ts';
import type { Column } from '../protocol/column.ts';
import { type ErrorMessage, toErrorMessage } from './error-message.ts';

/** One of many small tables: what reads all its rows, and what tells its definition. */
export interface TableAsked {
  readonly select: string;
  readonly showCreate: string;
}

/** Its frames lie in `frames` of the reading from `offset` on. `sum` and `longestBytes` as RowDigest's. */
export interface TableAnswered {
  readonly createTable: string;
  readonly columns: readonly Column[];
  readonly rows: bigint;
  readonly sum: bigint;
  readonly longestBytes: number;
  readonly packed: PackedChunk;
  readonly offset: number;
  readonly length: number;
}

/** `large`: its rows were too many to lie in memory. `unasked`: an earlier one had failed. */
type TableAnswer = TableAnswered | { readonly error: ErrorMessage } | 'large' | 'unasked';

/** In the order asked. */
export interface ReadTogether {
  readonly tables: readonly TableAnswer[];
  readonly frames: Uint8Array<ArrayBuffer>;
}

/** Tables whose statements are on their way: a server that need not wait for us, and locks that nobody notices. */
const tablesInFlight = 4;
/** Rows of one table. One that has more is read alone, as fast as it is stored. */
const mostRawBytes = 4 * 1024 ** 2;

/**
 * Reads small tables of one snapshot one after the other, and asks for the next before the one before has answered: for
 * each of them waiting costs more than its rows. Promises: the server holds the lock of one table at a time, taken with
 * its first row and given back after its text, which so is that of its rows; nothing is waited for but the server. After
 * the first that fails no more are asked. For MariaDB. Errors: those of the connection, and of giving a lock back.
 */
export async function readTogether(connection: MysqlConnection, asked: readonly TableAsked[]): Promise<ReadTogether> {
  const answers: TableAnswer[] = asked.map(() => 'unasked');
  const frames: Buffer[] = [];
  let length = 0;
  let next = 0;
  let goOn = true;
  const marked = connection.execute(`SAVEPOINT ${savepoint}`);
  const readOne = async (n: number) => {
    const rows = new TableRows();
    const { select, showCreate } = asked[n]!;
    // Sent in this order, all three before the first has answered.
    const reading = connection.streamAtOnce(select, ({ buffer }) => rows.take(buffer));
    const texts = connection.query(showCreate);
    const released = connection.execute(`ROLLBACK TO SAVEPOINT ${savepoint}`);
    const [read, text, release] = await Promise.allSettled([reading, texts, released]);
    goOn &&= read.status === 'fulfilled' && text.status === 'fulfilled' && release.status === 'fulfilled';
    if (release.status === 'rejected') throw release.reason;
    if (read.status === 'rejected' || text.status === 'rejected') {
      const [failed] = [read, text].filter((outcome) => outcome.status === 'rejected');
      answers[n] = { error: toErrorMessage(failed!.reason) };
      return;
    }
    if (rows.isTooMuch) {
      answers[n] = 'large';
      return;
    }
    const own = rows.frames.reduce((sum, frame) => sum + frame.length, 0);
    answers[n] = {
      createTable: String(text.value[0]?.['Create Table'] ?? ''),
      columns: read.value.columns,
      ...rows.digest.value,
      packed: rows.packer.result(),
      offset: length,
      length: own,
    };
    frames.push(...rows.frames);
    length += own;
  };
  const lane = async () => {
    while (goOn && next < asked.length) await readOne(next++);
  };
  const lanes = await Promise.allSettled([marked, ...Array.from({ length: tablesInFlight }, lane)]);
  for (const ended of lanes) if (ended.status === 'rejected') throw ended.reason;
  return { tables: answers, frames: joined(frames, length) };
}

const savepoint = 'tidemark_tables';

class TableRows {
  readonly digest = new RowDigest();
  readonly packer = new ChunkPacker();
  readonly frames: Buffer[] = [];
  isTooMuch = false;
  private rawBytes = 0;

  take(rows: Buffer): void {
    this.rawBytes += rows.length;
    this.isTooMuch ||= this.rawBytes > mostRawBytes;
    if (this.isTooMuch) {
      this.frames.length = 0;
      return;
    }
    this.digest.add(rows);
    for (const { bytes } of this.packer.pack(rows)) this.frames.push(bytes);
  }
}

/** In memory of its own, which can be given to another thread. */
function joined(frames: readonly Buffer[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length);
  let at = 0;
  for (const frame of frames) {
    all.set(frame, at);
    at += frame.length;
  }
  return all;
}
