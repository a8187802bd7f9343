import { toFailure } from '#server/base/error.ts';
import { tableExists } from '#server/engine/mysql/catalog.ts';
import { type MysqlConnection, openMysqlConnection } from '#server/engine/mysql/connection.ts';
import { readForeignKeys } from '#server/engine/mysql/definition-keys.ts';
import { dropForeignKeysStatement, type TableAt } from '#server/engine/mysql/foreign-keys.ts';
import { openPublishSession, releasePublishLock, renameTables, takePublishLock } from '#server/engine/mysql/swap.ts';
import type { RestoreContext } from './context.ts';
import type { PublishPiece } from './publish-record.ts';

/**
 * Where one piece is, by what its node has. A RENAME is whole or not at all, so it is staged (in scratch), visible, or
 * neither: undone, or never made.
 */
export async function pieceState(
  session: MysqlConnection,
  piece: PublishPiece,
): Promise<'staged' | 'visible' | 'gone'> {
  const { scratch, target, kept } = piece;
  if (await tableExists(session, scratch)) return 'staged';
  if (!(await tableExists(session, target))) return 'gone';
  return kept === null || (await tableExists(session, kept)) ? 'visible' : 'gone';
}

/**
 * Takes one piece back; running it again after a crash at any point ends in the same place. A new table goes to scratch.
 * One that has been in the place of a live table may have rows by now that are nowhere else: it is kept under another
 * name, which is the answer; null where nothing is kept.
 */
export async function hidePiece(context: RestoreContext, piece: PublishPiece): Promise<TableAt | null> {
  const { attempt } = context;
  const signal = attempt.cancellation.abandon;
  const session = await openMysqlConnection(context.world.node(piece.node).access, { signal });
  try {
    await openPublishSession(session, piece.scratch.database).catch(() =>
      openPublishSession(session, 'information_schema'),
    );
    await takePublishLock(session, piece.target);
    const kept = await hide(session, piece, { signal, before: () => attempt.lease.assertHeld() });
    if (kept) await dropKeys(context, session, kept);
    await releasePublishLock(session, piece.target);
    return kept;
  } finally {
    await session.close();
  }
}

async function hide(
  session: MysqlConnection,
  piece: PublishPiece,
  options: { before: () => Promise<void>; signal: AbortSignal },
): Promise<TableAt | null> {
  const { scratch, target, kept, undone } = piece;
  const state = await pieceState(session, piece);
  if (kept === null) {
    if (state === 'visible') await renameTables(session, [{ from: target, to: scratch }], options);
    return null;
  }
  if (state === 'visible') {
    const back = { from: kept, to: target };
    await renameTables(session, [{ from: target, to: undone! }, back], options);
  }
  return (await tableExists(session, undone!)) ? undone : null;
}

/** A copy that nobody reads must not keep parents from being deleted, nor be changed with them. */
async function dropKeys({ attempt }: RestoreContext, session: MysqlConnection, at: TableAt): Promise<void> {
  try {
    const keys = await readForeignKeys(session, at.database, at.table);
    const names = keys.map((key) => key.name);
    const drop = dropForeignKeysStatement(at, names);
    if (drop) await session.execute(drop);
  } catch (error) {
    attempt.event(
      'warn',
      `foreign keys of ${at.database}.${at.table} could not be dropped: ${toFailure(error).message}`,
    );
  }
}
