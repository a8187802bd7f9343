import { TidemarkError } from '#server/base/error.ts';
import { createDatabase, tableExists } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { openPublishSession, releasePublishLock, renameTables, takePublishLock } from '#server/engine/mysql/swap.ts';
import type { RestoreContext } from './context.ts';
import type { PublishPiece } from './publish-record.ts';

/**
 * The one visible statement on a storage node, forwards and backwards. Both look first at what the node has, so that
 * running them again after a crash at any point ends in the same place. A RENAME is whole or not at all, so a piece is
 * always in one of two states: staged (scratch table there) or visible (scratch table gone).
 */
export async function showPiece(context: RestoreContext, piece: PublishPiece): Promise<void> {
  const { signal, before } = forward(context);
  await inPublishSession(context, piece, signal, async (session) => {
    const { scratch, target, kept } = piece;
    if (!(await tableExists(session, scratch))) {
      if (await tableExists(session, target)) return; // an earlier attempt has done it
      throw lost(piece);
    }
    if (kept === null) {
      await before();
      await createDatabase(session, target.database, piece.collation);
      return renameTables(session, [{ from: scratch, to: target }], { before, signal });
    }
    // A live table that somebody dropped meanwhile leaves nothing to keep.
    const live = (await tableExists(session, target)) ? [{ from: target, to: kept }] : [];
    return renameTables(session, [...live, { from: scratch, to: target }], { before, signal });
  });
}

/** Puts a visible piece back into scratch, and the kept table back into its place. */
export async function hidePiece(context: RestoreContext, piece: PublishPiece): Promise<void> {
  const { before } = forward(context);
  const signal = context.attempt.cancellation.abandon;
  await inPublishSession(context, piece, signal, async (session) => {
    const { scratch, target, kept } = piece;
    if (await tableExists(session, scratch)) return; // never became visible
    if (!(await tableExists(session, target))) return;
    const back = kept !== null && (await tableExists(session, kept)) ? [{ from: kept, to: target }] : [];
    await renameTables(session, [{ from: target, to: scratch }, ...back], { before, signal });
  });
}

function forward({ attempt }: RestoreContext) {
  return { signal: attempt.cancellation.stop, before: () => attempt.lease.assertHeld() };
}

/** A session of its own, under the lock of the target: asked for the lease again after the lock is had. */
async function inPublishSession(
  context: RestoreContext,
  piece: PublishPiece,
  signal: AbortSignal,
  work: (session: MysqlConnection) => Promise<void>,
): Promise<void> {
  const session = await openMysqlConnection(context.world.node(piece.node).access, { signal });
  try {
    await openPublishSession(session, piece.scratch.database);
    await takePublishLock(session, piece.target);
    await context.attempt.lease.assertHeld();
    await work(session);
    await releasePublishLock(session, piece.target);
  } finally {
    await session.close();
  }
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
