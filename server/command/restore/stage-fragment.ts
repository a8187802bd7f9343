import { throwIfStopped } from '#server/base/abort.ts';
import { TidemarkError } from '#server/base/error.ts';
import type { PlanTable } from '#server/contract/restore.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { digestTable } from '#server/engine/mysql/digest-table.ts';
import type { ForeignKey, TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { quoteIdentifier } from '#server/engine/mysql/identifier.ts';
import { loadFragment } from '#server/engine/mysql/load.ts';
import { createStaged, finishStaged } from '#server/engine/mysql/staging.ts';
import type { FragmentFile } from '#server/manifest/schema.ts';
import { readChunk } from '#server/pipeline/segment-reader.ts';
import type { RestoreContext } from './context.ts';
import { type FragmentProgress, fragmentProgress } from './fragment-progress.ts';

/** What goes onto a staged table besides its rows: decided by what it will become. */
export interface StageExtras {
  keys: { key: ForeignKey; stagedAs: string }[];
  /** The table a key must be on to count as referring to itself. */
  self: TableAt;
  /** The value AUTO_INCREMENT must not stay below; null where there is none. */
  autoIncrement: string | null;
}

/**
 * One fragment from the backup into the named scratch database, which it makes: definition, rows, indexes, comparison. What is
 * returned equals what the backup recorded, row for row, by count and digest. Errors: `restore/not-equal`,
 * `destination/object-damaged` naming the object, those of the node; `job/cancelled` within the row being loaded.
 */
export async function stageFragment(
  context: RestoreContext,
  table: PlanTable,
  place: PlanTable['fragments'][number],
  fragment: FragmentFile,
  extras: StageExtras,
  scratch: string,
): Promise<TableAt> {
  const { attempt, world } = context;
  const { stop } = attempt.cancellation;
  const progress = fragmentProgress(attempt, table, place);
  const access = world.node(place.target.node).access;
  return context.slots.use(place.target.node, Math.max(1, fragment.chunks.length), async (slots) => {
    throwIfStopped(stop);
    await attempt.lease.assertHeld();
    const sessions: MysqlConnection[] = [];
    const open = async () => {
      const session = await openMysqlConnection(access, { signal: stop });
      sessions.push(session);
      return session;
    };
    try {
      progress.phase('definition');
      const admin = await open();
      const staged = await createStaged(admin, scratch, fragment);
      // One connection is enough for one chunk, and opening another costs more than a small table.
      const loading = slots === 1 ? [admin] : await Promise.all(Array.from({ length: slots }, open));
      await loadRows(context, staged.at, fragment, loading, progress);
      progress.phase('indexes');
      const began = attempt.clock.monotonicMs();
      await finishStaged(admin, staged, { ...fragment, autoIncrement: extras.autoIncrement }, extras);
      const indexed = attempt.clock.monotonicMs();
      context.timings.indexMs += indexed - began;
      progress.phase('compare');
      await compare(sessions.at(-1)!, staged.at, fragment, progress);
      context.timings.compareMs += attempt.clock.monotonicMs() - indexed;
      progress.done();
      return staged.at;
    } catch (error) {
      progress.failed();
      throw error;
    } finally {
      await Promise.all(sessions.map((session) => session.close()));
    }
  });
}

async function loadRows(
  context: RestoreContext,
  at: TableAt,
  fragment: FragmentFile,
  connections: readonly MysqlConnection[],
  progress: FragmentProgress,
): Promise<void> {
  const { attempt, storage, timings } = context;
  const { stop } = attempt.cancellation;
  progress.phase('rows');
  const before = attempt.clock.monotonicMs();
  // The process list then shows whose sessions these are, and the next attempt can end them.
  await Promise.all(connections.map((session) => session.execute(`USE ${quoteIdentifier(at.database)}`)));
  await loadFragment({
    connections,
    ...at,
    columns: fragment.columns,
    chunks: fragment.chunks,
    readChunk: (chunk) => readChunk(storage, chunk, { signal: stop }),
    onRows: progress.add,
    signal: stop,
  });
  timings.baseMs += attempt.clock.monotonicMs() - before;
}

async function compare(
  session: MysqlConnection,
  at: TableAt,
  fragment: FragmentFile,
  progress: FragmentProgress,
): Promise<void> {
  const found = await digestTable(session, at.database, at.table, fragment.columns, { onRows: progress.add });
  if (found.rows === BigInt(fragment.rows) && found.digest === fragment.digest) return;
  throw new TidemarkError('restore/not-equal', `the rows of ${fragment.table} differ from what the backup recorded`, {
    context: {
      node: session.node,
      recorded: { rows: fragment.rows, digest: fragment.digest },
      found: { rows: found.rows.toString(), digest: found.digest },
    },
  });
}
