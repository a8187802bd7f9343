import { throwIfStopped } from '#server/base/abort.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { rowRuns } from '#server/engine/mysql/row-runs.ts';
import {
  createSmallTables,
  digestSmallTables,
  loadSmallTables,
  setSmallNumbers,
} from '#server/engine/mysql/small-tables.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import type { WaitingTable } from './batches.ts';
import type { RestoreContext } from './context.ts';
import { fragmentProgress } from './fragment-progress.ts';
import { refuseOtherRows } from './same-rows.ts';

/**
 * Small tables of a batch from the backup into one scratch database over one session, which they leave pinned for
 * reading: definitions with all indexes, rows in one transaction, comparison. What is returned from equals what the
 * backup recorded, table by table. Errors: of the first table that is not, or of the node; some may be staged then.
 */
export async function stageBatch(
  context: RestoreContext,
  session: MysqlConnection,
  scratch: string,
  batch: readonly WaitingTable[],
): Promise<void> {
  const { attempt, storage, timings } = context;
  const { stop } = attempt.cancellation;
  const tables = batch.map(({ table, request }) => {
    const place = table.fragments[0]!;
    return { ...fragmentOf(request.file.fragments, place.index), progress: fragmentProgress(attempt, table, place) };
  });
  type Staging = (typeof tables)[number];
  const add = ({ progress }: Staging, rows: number, bytes: number) => progress.add(rows, bytes);
  const phase = async (name: Parameters<Staging['progress']['phase']>[0], work: () => Promise<void>) => {
    throwIfStopped(stop);
    const began = attempt.clock.monotonicMs();
    for (const { progress } of tables) progress.phase(name);
    await work();
    return attempt.clock.monotonicMs() - began;
  };
  const rowsOf = async function* ({ chunks }: Staging) {
    for (const chunk of chunks) {
      for await (const run of rowRuns(readChunk(storage, chunk, { signal: stop }))) {
        yield run;
        await context.pace?.bytes(session.node, run.length);
      }
    }
  };
  await context.pace?.beforeChunk(session.node, stop);
  await phase('definition', () => createSmallTables(session, scratch, tables));
  timings.baseMs += await phase('rows', () => loadSmallTables(session, scratch, tables, rowsOf, add));
  timings.indexMs += await phase('indexes', () => setSmallNumbers(session, scratch, tables));
  timings.compareMs += await phase('compare', async () => {
    const found = await digestSmallTables(session, scratch, tables, add);
    for (const [n, table] of tables.entries()) refuseOtherRows(session.node, table, found[n]!);
  });
  for (const { progress } of tables) progress.done();
}

const fragmentOf = (fragments: readonly FragmentFile[], index: number) =>
  fragments.find((fragment) => fragment.index === index)!;
