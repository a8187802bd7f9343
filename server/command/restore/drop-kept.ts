import { throwIfStopped } from '#server/base/abort.ts';
import { tableExists } from '#server/engine/mysql/catalog.ts';
import { quoteTable } from '#server/engine/mysql/foreign-keys.ts';
import type { Attempt } from '../attempt.ts';
import type { DropKeptCommand } from './command.ts';
import { openWorld } from './world.ts';

/**
 * Drops the kept copy of a table, piece by piece; a piece that is gone already is passed over, so it may be run again.
 * After this the restore that kept it cannot be undone. Errors: those of the nodes; `node/query-failed` when a foreign
 * key of another table refers to the copy.
 */
export async function dropKept(attempt: Attempt, { kept, target }: DropKeptCommand): Promise<void> {
  const { stop, abandon } = attempt.cancellation;
  const world = await openWorld(target, { signal: abandon, clock: attempt.clock });
  try {
    for (const piece of kept.pieces) {
      throwIfStopped(stop);
      const session = await world.session(piece.node);
      const at = { database: piece.database, table: piece.kept };
      if (!(await tableExists(session, at))) continue;
      await session.execute('SET SESSION lock_wait_timeout = 30');
      await attempt.lease.assertHeld();
      await session.execute(`DROP TABLE IF EXISTS ${quoteTable(at)}`);
    }
    attempt.event('good', `the kept copy ${kept.keptAs} of ${kept.table} was dropped`);
  } finally {
    await world.close();
  }
}
