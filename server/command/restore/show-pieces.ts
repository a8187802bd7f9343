import { pause, throwIfStopped } from '#server/base/abort.ts';
import { hasCode, TidemarkError } from '#server/base/error.ts';
import { createDatabase } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { mysqlErrno } from '#server/engine/mysql/errno.ts';
import {
  comesToWait,
  holdTables,
  openPublishSession,
  releaseTables,
  renameStatement,
  takePublishLock,
} from '#server/engine/mysql/swap.ts';
import type { RestoreContext } from './context.ts';
import { matchLive } from './match-live.ts';
import { pieceState } from './publish-piece.ts';
import type { PublishPiece, PublishRecord } from './publish-record.ts';

/** A live table that is busy is waited for this often, 3 s at a time, everybody else let through in between. */
const tries = 10;
const pauseMs = 2_000;
/** The error number of a statement that KILL QUERY has ended. */
const interrupted = 1317;

/** What is done on one node: one session keeps the live tables still, another has its RENAME waiting for them. */
interface NodeSwap {
  readonly node: string;
  readonly holder: MysqlConnection;
  readonly renamer: MysqlConnection;
  /** Those that are not visible yet. */
  readonly pieces: readonly PublishPiece[];
  isHeld: boolean;
  renaming: Promise<unknown> | null;
}

/**
 * Makes all pieces of one table visible at once. Nothing is renamed anywhere before everything that could be waited for
 * is had on every node: publish locks, then the live tables themselves, which are let go when every RENAME stands first
 * in their queue. Nobody writes to a live table between the last look at it and the swap. Pieces that an earlier attempt
 * made visible stay so. Errors, with nothing renamed: `conflict/table-busy`, `restore/plan-stale`, `job/cancelled`;
 * `job/lease-lost`; those of the nodes, after which some pieces may be visible.
 */
export async function showPieces(context: RestoreContext, record: PublishRecord): Promise<void> {
  const { stop } = context.attempt.cancellation;
  for (let attempt = 1; ; attempt++) {
    throwIfStopped(stop);
    const busy = await showOnce(context, record);
    if (busy === null) return;
    if (attempt >= tries) throw busy;
    await pause(pauseMs, stop);
  }
}

/** Answers with what was busy, and then nothing has been renamed. */
async function showOnce(context: RestoreContext, record: PublishRecord): Promise<TidemarkError | null> {
  const { lease, cancellation } = context.attempt;
  const swaps: NodeSwap[] = [];
  try {
    try {
      // In one order for everybody, so that no two restores wait for each other.
      for (const [node, pieces] of byNode(record)) swaps.push(await openSwap(context, node, pieces));
      await lease.assertHeld();
      await all(swaps.map((swap) => hold(context, swap)));
      for (const swap of swaps) for (const piece of swap.pieces) await matchLive(swap.renamer, piece);
      for (const swap of swaps) await makeDatabases(swap);
    } catch (error) {
      if (hasCode(error, 'conflict/table-busy')) return error;
      throw error;
    }
    throwIfStopped(cancellation.stop);
    await lease.assertHeld();
    const held = swaps.filter((swap) => swap.isHeld);
    for (const swap of held) rename(swap);
    for (const swap of held) {
      if (!(await comesToWait(swap.holder, swap.renamer.connectionId))) return await notInLine(swap);
    }
    throwIfStopped(cancellation.stop);
    await lease.assertHeld();
    await letGo(swaps);
    return null;
  } finally {
    await close(swaps);
  }
}

async function openSwap(context: RestoreContext, node: string, pieces: readonly PublishPiece[]): Promise<NodeSwap> {
  // Cancelling waits for the few seconds that this takes: a session dropped in the middle might still rename.
  const signal = context.attempt.cancellation.abandon;
  const access = context.world.node(node).access;
  const holder = await openMysqlConnection(access, { signal });
  const renamer = await openMysqlConnection(access, { signal }).catch(async (error: unknown) => {
    await holder.close();
    throw error;
  });
  const staged: PublishPiece[] = [];
  const swap: NodeSwap = { node, holder, renamer, pieces: staged, isHeld: false, renaming: null };
  try {
    await openPublishSession(holder, pieces[0]!.scratch.database);
    await openPublishSession(renamer, pieces[0]!.scratch.database);
    for (const piece of pieces) await takePublishLock(holder, piece.target, 3);
    for (const piece of pieces) {
      const state = await pieceState(renamer, piece);
      if (state === 'gone') throw lost(piece);
      if (state === 'staged') staged.push(piece);
    }
    return swap;
  } catch (error) {
    await close([swap]);
    throw error;
  }
}

async function hold({ attempt }: RestoreContext, swap: NodeSwap): Promise<void> {
  const live = swap.pieces.filter((piece) => piece.kept !== null).map((piece) => piece.target);
  if (live.length === 0) return;
  try {
    await holdTables(swap.holder, live);
    swap.isHeld = true;
  } catch (error) {
    if (mysqlErrno(error) === 1146) throw stale(swap.pieces[0]!, 'the live table is gone', error);
    if (!hasCode(error, 'node/missing-privilege')) throw error;
    // Each node then swaps by itself, and waits a little if it must.
    attempt.event('warn', `live tables on ${swap.node} cannot be held still: this login lacks LOCK TABLES`);
  }
}

async function makeDatabases({ renamer, pieces }: NodeSwap): Promise<void> {
  for (const piece of pieces) {
    if (piece.kept === null) await createDatabase(renamer, piece.target.database, piece.collation);
  }
}

function rename(swap: NodeSwap): void {
  if (swap.pieces.length === 0) return;
  const pairs = swap.pieces.flatMap(({ scratch, target, kept }) => [
    ...(kept === null ? [] : [{ from: target, to: kept }]),
    { from: scratch, to: target },
  ]);
  swap.renaming = swap.renamer.execute(renameStatement(pairs));
  swap.renaming.catch(() => {}); // looked at by letGo and close
}

async function letGo(swaps: readonly NodeSwap[]): Promise<void> {
  for (const swap of swaps) if (!swap.isHeld) rename(swap);
  await all(
    swaps.map(async (swap) => {
      if (swap.isHeld) await releaseTables(swap.holder);
      await named(swap);
    }),
  );
}

/** The RENAME's own error in our words. */
async function named({ renaming, pieces, node }: NodeSwap): Promise<void> {
  try {
    await renaming;
  } catch (error) {
    const { target } = pieces[0]!;
    if (mysqlErrno(error) === 1050) {
      throw new TidemarkError('restore/target-exists', `table ${target.database}.${target.table} exists on ${node}`, {
        cause: error,
      });
    }
    if (mysqlErrno(error) !== 1205) throw error;
    throw new TidemarkError('conflict/table-busy', `a transaction keeps ${target.table} on ${node}`, {
      hint: 'End the long transaction on that table, then retry.',
      cause: error,
      context: { node },
    });
  }
}

/** Answers with what was busy; the RENAME is ended. Errors: its own, where it did not only come too late. */
async function notInLine(swap: NodeSwap): Promise<TidemarkError> {
  await cancelRename(swap);
  const ended = await swap.renaming!.catch((error: unknown) => error);
  const late = new TidemarkError('conflict/table-busy', `the swap on ${swap.node} came to no turn`, { cause: ended });
  if (mysqlErrno(ended) === interrupted || mysqlErrno(ended) === 1205) return late;
  await named(swap);
  throw new TidemarkError('node/query-failed', `the swap on ${swap.node} did not wait for the live table`);
}

/** Ends what still waits before the tables are let go: a RENAME must not be done after we have given up. */
async function close(swaps: readonly NodeSwap[]): Promise<void> {
  await Promise.all(swaps.map(cancelRename));
  await Promise.all(swaps.map((swap) => swap.renamer.close()));
  await Promise.all(swaps.map((swap) => swap.holder.close()));
}

async function cancelRename({ holder, renamer, renaming }: NodeSwap): Promise<void> {
  if (renaming === null) return;
  const settled = renaming.then(
    () => true,
    () => true,
  );
  if (await Promise.race([settled, pause(0).then(() => false)])) return;
  await holder.execute(`KILL QUERY ${renamer.connectionId}`).catch(() => {}); // it gives up by itself soon
  await settled;
}

/** Waits for all of them before it throws the first error. */
async function all(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason;
}

function byNode({ pieces }: PublishRecord): [string, PublishPiece[]][] {
  const inOrder = [...pieces].sort((a, b) => (`${a.node} ${a.target.table}` < `${b.node} ${b.target.table}` ? -1 : 1));
  return [...Map.groupBy(inOrder, (piece) => piece.node)];
}

function stale({ target, node }: PublishPiece, why: string, cause: unknown): TidemarkError {
  return new TidemarkError('restore/plan-stale', `${target.database}.${target.table} on ${node}: ${why}`, { cause });
}

function lost({ node, scratch, target }: PublishPiece): TidemarkError {
  return new TidemarkError(
    'restore/half-published',
    `neither ${scratch.database}.${scratch.table} nor ${target.table} is on ${node}`,
    {
      hint: 'Somebody removed the staged table. Run the restore again.',
      context: { node, scratch, target },
    },
  );
}
