import { throwIfStopped } from '#server/base/abort.ts';
import type { Chunk, FragmentColumn } from '#server/manifest/schema.ts';
import type { MysqlConnection } from './connection.ts';
import { type BatchSender, openBatchSender } from './load-batch.ts';
import { planLoad } from './load-plan.ts';
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
  /** Rows and raw bytes that the server has taken since the last call. */
  onRows?: (rows: number, bytes: number) => void;
  signal?: AbortSignal;
}

/**
 * Writes the rows of chunks into an existing table, exactly as they were read. Rows are committed as it goes, so the
 * table must be one nobody reads yet; after an error or a stop it holds some of them. Memory is flat. Errors: those of
 * `readChunk` and of the connections, `job/cancelled`, `node/query-failed` naming max_allowed_packet when one
 * row is larger.
 */
export async function loadFragment(options: LoadOptions): Promise<{ rows: bigint }> {
  const { connections, database, table, columns, signal } = options;
  const plan = planLoad(database, table, columns);
  const waiting = [...options.chunks];
  const halted = new AbortController();
  let rows = 0n;

  const loadOver = async (connection: MysqlConnection) => {
    await pinLoadSession(connection);
    if (plan.history) await allowHistory(connection);
    const sender = await openBatchSender(connection, plan, (count, bytes) => {
      rows += BigInt(count);
      options.onRows?.(count, bytes);
    });
    try {
      for (let chunk = waiting.shift(); chunk; chunk = waiting.shift()) {
        await loadChunk(sender, options.readChunk(chunk), halted.signal, signal);
      }
      await sender.finish();
    } catch (error) {
      halted.abort();
      await sender.abort();
      throw error;
    } finally {
      if (!connection.failure) await connection.execute('SET SESSION autocommit = 1');
    }
  };

  const outcomes = await Promise.allSettled(connections.map(loadOver));
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason);
  const first = failed.find((reason) => reason !== haltedByOther) ?? failed[0];
  if (first !== undefined) throw first;
  return { rows };
}

const haltedByOther = new Error('another connection of this load failed');

async function loadChunk(
  sender: BatchSender,
  pieces: AsyncIterable<Buffer>,
  halted: AbortSignal,
  stop: AbortSignal | undefined,
): Promise<void> {
  for await (const run of rowRuns(pieces)) {
    if (stop) throwIfStopped(stop);
    if (halted.aborted) throw haltedByOther;
    await sender.send(run);
  }
}
