import { throwIfStopped } from '#server/base/abort.ts';
import { createDatabase } from '#server/engine/mysql/catalog.ts';
import type { MysqlConnection } from '#server/engine/mysql/connection.ts';
import { openPublishSession, renameStatement, takePublishLocks } from '#server/engine/mysql/swap.ts';
import type { RestoreContext } from './context.ts';
import type { PublishPiece } from './publish-record.ts';

/**
 * Makes new tables of one node visible at once, in one RENAME, over the session that staged them: nobody can hold a table
 * that is not there yet, so nothing is waited for. Errors, with nothing renamed: `conflict/table-busy`, `job/cancelled`,
 * `job/lease-lost`, `node/query-failed` for a name that is taken; `node/connection-lost`, after which all or none is.
 */
export async function showBatch(
  context: RestoreContext,
  session: MysqlConnection,
  pieces: readonly PublishPiece[],
): Promise<void> {
  const { attempt, world } = context;
  const { node, scratch, target, collation } = pieces[0]!;
  await openPublishSession(session, scratch.database);
  await takePublishLocks(
    session,
    pieces.map((piece) => piece.target),
  );
  await world.remember(['made database', node, target.database], () =>
    createDatabase(session, target.database, collation),
  );
  throwIfStopped(attempt.cancellation.stop);
  await attempt.lease.assertHeld();
  await session.execute(renameStatement(pieces.map((piece) => ({ from: piece.scratch, to: piece.target }))));
}
