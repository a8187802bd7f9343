import { TidemarkError } from '#server/base/error.ts';
import { leafCount } from '../clusters/bank-tables.ts';
import { storageDatabase } from '../clusters/foreign-table.ts';
import { type LabNode, nodeNamed } from '../node.ts';
import { ShardSession } from '../workload/shard-session.ts';

/**
 * The bad statements of the story, straight on the shards while everybody writes: every tenth account is deleted, and
 * every tenth of the others has its balance set to 0. Which tenths is chosen anew each time, so that a table that was
 * broken before is broken again.
 */
export async function breakTable(nodes: readonly LabNode[]): Promise<{ deleted: number; changed: number }> {
  const sessions = ['bank-shard_1', 'bank-shard_2'].map((name) => new ShardSession(nodeNamed(nodes, name)));
  const tenth = Math.floor(Math.random() * 10);
  let deleted = 0;
  let changed = 0;
  try {
    for (let leaf = 0; leaf < leafCount; leaf += 1) {
      const session = sessions[leaf % 2]!;
      const piece = `\`${storageDatabase('public')}\`.transfer_account_p${leaf}`;
      deleted += await insist(session, `DELETE FROM ${piece} WHERE id % 10 = ${tenth}`);
      changed += await insist(session, `UPDATE ${piece} SET balance = 0 WHERE id % 10 = ${(tenth + 1) % 10}`);
    }
  } finally {
    await Promise.all(sessions.map((session) => session.drop()));
  }
  return { deleted, changed };
}

/** A deadlock with the workload ends one of the two, and it may be us. */
async function insist(session: ShardSession, sql: string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.execute(sql);
    } catch (error) {
      const lost = error instanceof TidemarkError && /deadlock/i.test(error.message);
      if (!lost || attempt === 10) throw error;
    }
  }
}
