import { throwIfStopped } from '#server/base/abort.ts';
import type { Chunk, FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { ChunkLoader } from './load-chunk.ts';
import type { LoadMarks } from './load-marks.ts';
import { chooseLoadPath, type LoadPath, openRowSender } from './load-path.ts';
import { planLoad } from './load-plan.ts';
import type { Pace } from './pace.ts';
import { rowRuns } from './row-runs.ts';
import { allowHistory, pinLoadSession } from './session.ts';

export interface LoadOptions {
  /** Each loads whole chunks on its own; their sessions are pinned for loading and stay so, with autocommit on. */
  connections: readonly MysqlConnection[];
  database: string;
  table: string;
  /** In the order the rows were read in. */
  columns: readonly FragmentColumn[];
  chunks: readonly Chunk[];
  readChunk: (chunk: Chunk) => AsyncIterable<Buffer>;
  /** What rows pass through before they are loaded. Then also chunks that are there already are read again. */
  changes?: RowChanges;
  /** Rows and raw bytes that the server has taken since the last call. */
  onRows?: (rows: number, bytes: number) => void;
  /** What is there already, and where to note what comes: only where the table rolls back what was not committed. */
  marks?: LoadMarks;
  pace?: Pace;
  /** Raw bytes of a transaction. Default 8 MiB: more grows undo and the binlog's cache, less waits for the disk more. */
  commitBytes?: number;
  /** Default: the fastest that the server takes. */
  path?: LoadPath;
  signal?: AbortSignal;
}

/**
 * Makes other rows of a backup's rows, in runs of whole rows that are valid until the next is asked for. Of a chunk it
 * gives the same rows in the same order each time.
 */
export interface RowChanges {
  merge(runs: AsyncIterable<Buffer>): AsyncIterable<Buffer>;
  /** The rows that no chunk holds; asked for once, when every chunk has gone through. */
  rest(): AsyncIterable<Buffer>;
}

const defaultCommitBytes = 8 * 1024 ** 2;

export interface Loaded {
  /** Rows of the chunks in the table: sent now, and there before. */
  rows: bigint;
  /** Of them, those that marks said were there. */
  kept: bigint;
  path: LoadPath;
}

/**
 * Writes the rows of chunks into an existing table, exactly as they were read. Rows are committed as it goes, so the
 * table must be one nobody reads yet; after an error or a stop it holds some of them, and with `marks` a later call goes
 * on behind the last that were committed, with or without a key. With `changes`, what is behind the last chunk counts as
 * one more. Memory is flat. Errors: those of
 * `readChunk` and of the connections, `job/cancelled`, `node/query-failed` naming max_allowed_packet when one
 * row is larger.
 */
export async function loadFragment(options: LoadOptions): Promise<Loaded> {
  const { connections, database, table, columns, signal, marks } = options;
  const plan = planLoad(database, table, columns);
  const path = options.path ?? (await chooseLoadPath(connections[0]!));
  const { chunks, changes } = options;
  const rowsThere = (ordinal: number) => marks?.there.get(ordinal) ?? 0;
  const chunkWork = chunks.map((chunk, ordinal): RowsToLoad => {
    const runs = () => rowRuns(options.readChunk(chunk));
    if (changes) return { ordinal, rowsThere: rowsThere(ordinal), runs: () => changes.merge(runs()), whole: null };
    const whole = rowsThere(ordinal) === Number(chunk.rows) ? chunk.rawBytes : null;
    return { ordinal, rowsThere: rowsThere(ordinal), runs, whole };
  });
  const halted = new AbortController();
  const waits = signal ? AbortSignal.any([halted.signal, signal]) : halted.signal;
  let rows = 0n;
  const onRows = (count: number, bytes: number) => {
    rows += BigInt(count);
    options.onRows?.(count, bytes);
  };

  const loadOver = async (connection: MysqlConnection, waiting: RowsToLoad[]) => {
    await pinLoadSession(connection);
    if (plan.history) await allowHistory(connection);
    const sender = await openRowSender(path, connection, plan, onRows);
    const refuse = () => {
      if (signal) throwIfStopped(signal);
      if (halted.signal.aborted) throw haltedByOther;
    };
    const { pace, commitBytes = defaultCommitBytes } = options;
    const loader = new ChunkLoader({ connection, sender, refuse, marks, pace, commitBytes, signal: waits });
    try {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { ordinal, rowsThere, runs, whole } = next;
        if (whole !== null) onRows(rowsThere, whole);
        else await loader.load(ordinal, runs(), rowsThere, onRows);
      }
      await loader.finish();
    } catch (error) {
      halted.abort();
      await loader.abort();
      throw error;
    } finally {
      if (!connection.failure) await connection.execute('SET SESSION autocommit = 1');
    }
  };

  const outcomes = await Promise.allSettled(connections.map((connection) => loadOver(connection, chunkWork)));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  const first = failed.find((reason) => reason !== haltedByOther) ?? failed[0];
  if (first !== undefined) throw first;
  if (changes) {
    const ordinal = chunks.length;
    const rest = { ordinal, rowsThere: rowsThere(ordinal), runs: () => changes.rest(), whole: null };
    await loadOver(connections[0]!, [rest]);
  }
  const kept = [...(marks?.there.values() ?? [])].reduce((sum, count) => sum + count, 0);
  return { rows, kept: BigInt(kept), path };
}

/** `whole`: it is all there already, so many raw bytes; null: it is not, or nobody knows before it was read. */
interface RowsToLoad {
  readonly ordinal: number;
  readonly rowsThere: number;
  readonly runs: () => AsyncIterable<Buffer>;
  readonly whole: number | null;
}

const haltedByOther = new Error('another connection of this load failed');
